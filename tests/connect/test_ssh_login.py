"""Log in to a real sshd by each way there is."""

from __future__ import annotations

import os
import pwd
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from hardener.connect import NoSecrets, Target
from hardener.connect.dial import tcp
from hardener.connect.settings import resolve
from hardener.errors import ConnectError, ConnectionLost, LoginError


def make(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def agent(tmp_path):
    """Start an ssh-agent and return its socket."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    while not path.exists():
        assert process.poll() is None
    yield path
    process.terminate()
    process.wait()


def load(agent: Path, key: Path) -> None:
    subprocess.run(
        ["ssh-add", "-q", str(key)], check=True, env={**os.environ, "SSH_AUTH_SOCK": str(agent)}
    )


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_key(sshd, client, user, keys, kind):
    key = keys(f"only-{kind}", kind)
    server = sshd(authorize=key.with_suffix(".pub"))
    client.trusts(server)
    assert client.uid(server, identity_file=str(key)) == pwd.getpwnam(user.name).pw_uid
    assert client.answers.asked == []


def test_a_key_with_a_passphrase_is_asked_for_once(sshd, client, keys):
    key = keys("closed", passphrase="open sesame")
    server = sshd(authorize=key.with_suffix(".pub"))
    client.trusts(server)
    client.answers.key = "open sesame"
    client.uid(server, identity_file=str(key))
    assert client.answers.asked == ["passphrase closed"]


def test_a_wrong_passphrase_says_so(sshd, client, keys):
    key = keys("closed", passphrase="open sesame")
    server = sshd(authorize=key.with_suffix(".pub"))
    client.trusts(server)
    client.answers.key = "open barley"
    with pytest.raises(LoginError, match="the passphrase does not open it"):
        client.uid(server, identity_file=str(key))


def test_a_key_that_ssh_config_names(sshd, client):
    server = sshd()
    client.trusts(server)
    client.config(f"Host web1\n  IdentityFile {client.key}\n  HostName 127.0.0.1\n")
    client.uid(server, identity_file=None, address="")


def test_a_key_in_the_agent(sshd, client, keys, agent):
    server = sshd(authorize=keys("held").with_suffix(".pub"))
    client.trusts(server)
    load(agent, keys("held"))
    client.config(f"Host 127.0.0.1\n  IdentityAgent {agent}\n")
    client.uid(server, identity_file=None)


def test_the_agent_opens_a_key_whose_passphrase_nobody_knows(sshd, client, keys, agent):
    key = keys("held-closed", passphrase="secret")
    plain = keys("held-open")
    plain.write_bytes(key.read_bytes())
    make("ssh-keygen", "-q", "-p", "-P", "secret", "-N", "", "-f", str(plain))
    server = sshd(authorize=key.with_suffix(".pub"))
    client.trusts(server)
    load(agent, plain)
    client.config(f"Host 127.0.0.1\n  IdentityAgent {agent}\n")
    client.uid(server, identity_file=str(key))
    assert client.answers.asked == []


def test_a_named_key_keeps_the_agents_many_from_using_up_the_tries(sshd, client, keys, agent):
    server = sshd("MaxAuthTries 2")
    client.trusts(server)
    for number in range(4):
        load(agent, keys(f"other-{number}"))
    client.config(f"Host 127.0.0.1\n  IdentityAgent {agent}\n")
    client.uid(server)


def test_too_many_keys_say_that_the_server_hung_up(sshd, client, keys, agent):
    server = sshd("MaxAuthTries 2")
    client.trusts(server)
    for number in range(4):
        load(agent, keys(f"other-{number}"))
    client.config(f"Host 127.0.0.1\n  IdentityAgent {agent}\n")
    with pytest.raises(LoginError, match="agent key other-1\nthen it hung up") as caught:
        client.uid(server, identity_file=None)
    assert "other-3" not in str(caught.value)


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("held", [False, True])
def test_a_certificate(sshd, client, user, keys, agent, kind, held, tmp_path):
    authority, key = keys("authority"), keys(f"certified-{kind}", kind)
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", user.name]
    make(*sign, str(key.with_suffix(".pub")))
    server = sshd(f"TrustedUserCAKeys {authority}.pub", authorize=tmp_path / "none")
    client.trusts(server)
    if held:
        load(agent, key)
        client.config(f"Host 127.0.0.1\n  IdentityAgent {agent}\n")
    client.uid(server, identity_file=None if held else str(key))


def test_a_certificate_that_lies_elsewhere(sshd, client, user, keys, tmp_path):
    authority, key = keys("authority"), keys("certified-elsewhere")
    public = tmp_path / "public.pub"
    public.write_text(key.with_suffix(".pub").read_text())
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", user.name]
    make(*sign, str(public))
    server = sshd(f"TrustedUserCAKeys {authority}.pub", authorize=tmp_path / "none")
    client.trusts(server)
    client.config(f"Host *\n  CertificateFile {tmp_path}/public-cert.pub\n")
    client.uid(server, identity_file=str(key))


def test_a_password(sshd, client, user):
    server = sshd("PasswordAuthentication yes", "KbdInteractiveAuthentication no")
    client.trusts(server)
    client.answers.login = user.password
    client.uid(server, identity_file=None)
    assert client.answers.asked == ["password web1"]


def test_a_wrong_password_says_what_was_tried(sshd, client):
    server = sshd("PasswordAuthentication yes")
    client.trusts(server)
    client.answers.login = "not this one"
    with pytest.raises(LoginError, match="tried: the password") as caught:
        client.uid(server, identity_file=None)
    assert "not this one" not in str(caught.value)


def test_a_password_by_keyboard_interactive(sshd, client, user):
    server = sshd("UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes")
    client.trusts(server)
    client.answers.login = user.password
    client.uid(server, identity_file=None)


def test_a_key_and_then_a_password(sshd, client, user):
    server = sshd("AuthenticationMethods publickey,password")
    client.trusts(server)
    client.answers.login = user.password
    client.uid(server)


def test_nobody_is_asked_for_a_password_that_the_server_does_not_take(sshd, client, keys):
    server = sshd("PasswordAuthentication no", "KbdInteractiveAuthentication no")
    client.trusts(server)
    with pytest.raises(LoginError, match="it takes: publickey") as caught:
        client.uid(server, identity_file=None)
    assert client.answers.asked == []
    assert "identity_file" in caught.value.hint


def test_an_identity_file_that_is_not_there_is_named(sshd, client, tmp_path):
    server = sshd()
    client.trusts(server)
    with pytest.raises(LoginError, match=rf"not used: {tmp_path}/gone \(not there\)"):
        client.uid(server, identity_file=str(tmp_path / "gone"))


def test_a_refused_connection(client, sshd):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ConnectError, match=f"web1: 127.0.0.1:{port}: connection refused"):
            client.open_target(Target(name="web1", address="127.0.0.1", port=port))


def test_a_host_without_an_address(client):
    with pytest.raises(ConnectError, match="its address can't be found") as caught:
        client.open_target(Target(name="web1", address="web1.invalid"))
    assert caught.value.hint


def test_a_port_where_nobody_answers(client):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        port = silent.getsockname()[1]
        fill = [socket.socket() for _ in range(4)]
        for sock in fill:
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
        target = Target(name="web1", address="127.0.0.1", port=port, connect_timeout=0.3)
        try:
            with pytest.raises(ConnectError, match=r"no answer in 0\.3 s"):
                client.open_target(target)
        finally:
            for sock in fill:
                sock.close()


def test_a_link_that_breaks_says_what_stderr_said_last(sshd, client):
    server = sshd()
    client.trusts(server)
    with client.open(server) as channel:
        channel.send({"do": "die"})
        with pytest.raises(ConnectionLost, match="last words"):
            channel.receive(10)


def test_a_server_that_is_killed(sshd, client):
    server = sshd()
    client.trusts(server)
    with client.open(server) as channel:
        channel.send({})
        channel.receive()
        server.signal_sessions(signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            channel.send({})
            channel.receive(10)


def test_much_of_everything(sshd, client):
    server = sshd()
    client.trusts(server)
    with client.open(server) as channel:
        channel.send({"do": "shout", "count": 3_000_000, "data": os.urandom(5_000_000)})
        assert len(channel.receive(60)["data"]) == 5_000_000


def test_silence_times_out(sshd, client):
    server = sshd()
    client.trusts(server)
    with client.open(server) as channel:
        channel.send({"do": "sleep", "seconds": 1})
        with pytest.raises(ConnectionLost, match="no answer in time"):
            channel.receive(0.2)


def test_it_is_quick_since_small_packets_do_not_wait(sshd, client):
    server = sshd()
    client.trusts(server)
    with client.open(server) as channel:
        sock = channel.pipe._link.transport.sock
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_peer_that_waits_for_our_acknowledgment_does_not_wait_long(client):
    """Delayed ACKs take 40 ms at least; one try in twenty is quicker on the busiest machine."""
    assert any(two_packets_of_one_sender(client) < 0.03 for _ in range(20))


def two_packets_of_one_sender(client) -> float:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = Target(name="x", address="127.0.0.1", port=server.getsockname()[1])
        with tcp(resolve(target)) as sock, server.accept()[0] as peer:
            for _ in range(20):  # a talk to and fro makes the kernel delay its ACKs
                sock.sendall(b"ask")
                peer.sendall(peer.recv(9))
                sock.recv(9)
            sock.sendall(b"ask")
            peer.recv(9)
            start = time.perf_counter()
            for _ in range(3):
                peer.sendall(b"x")
            got = b""
            while len(got) < 3:
                got += sock.recv(1)
            return time.perf_counter() - start


def test_without_secrets_nothing_is_known():
    assert NoSecrets().password(Target(name="x")) is None
    assert re.match("x", Target(name="x").destination)
