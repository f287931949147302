"""The same by the user's own ssh program: what comes in, what does not, and what outlasts a command."""

from __future__ import annotations

import base64
import os
import pwd
import re
import subprocess
from pathlib import Path

import pytest
from until import until

from hardener.connect import kex
from hardener.connect.known_hosts import fingerprint
from hardener.errors import (
    BecomeError,
    ConnectError,
    ConnectionLost,
    HostKeyError,
    LoginError,
    UsageError,
)

SAME = ("user", "dialed", "methods", "key", "failures", "host_keys", "becomes", "password")


@pytest.fixture
def host(sshd, client):
    server = sshd()
    client.trusts(server)
    return server


@pytest.fixture
def runtime(monkeypatch):
    """A folder for sockets, whose path is short; the connections that wait there end with the test."""
    folder = Path("/run") / f"hardener-test-{os.getpid()}"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    for socket in (folder / "hardener").glob("*"):
        if socket.is_socket():
            hang_up(socket)
    subprocess.run(["rm", "-r", str(folder)], check=True)


def hang_up(socket: Path) -> None:
    words = ["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "any"]
    subprocess.run(words, check=True, capture_output=True)


def logins(server) -> int:
    return server.log.read_text().count("Accepted publickey")


def test_a_key_and_what_is_known_of_the_login(host, client, user):
    """The host judges by it whether the next login would be let in: both ways must tell the same."""
    assert client.uid(host, kind="openssh") == pwd.getpwnam(user.name).pw_uid
    with client.open(host, kind="openssh") as ours, client.open(host, kind="paramiko") as theirs:
        for name in SAME:
            assert ours.login[name] == theirs.login[name], name
        assert "curve25519-sha256" in ours.login["offers"]["kexalgorithms"]


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("", kex.CHEAP),
        ("KexAlgorithms ecdh-sha2-nistp256,curve25519-sha256", ["ecdh-sha2-nistp256"]),
    ],
)
def test_an_exchange_of_keys_that_costs_little_unless_another_is_wanted(
    host, client, wanted, taken
):
    client.config(f"Host *\n  IdentityFile {client.key}\n  {wanted}\n")
    client.uid(host, kind="openssh")
    (used,) = re.findall(r"kex: algorithm: (\S+)", host.log.read_text())
    assert used in taken


@pytest.mark.parametrize("public", [True, False])
def test_a_key_is_known_without_its_public_half(host, client, keys, tmp_path, public):
    key = tmp_path / "alone"
    key.write_bytes(client.key.read_bytes())
    key.chmod(0o600)
    if public:
        key.with_suffix(".pub").write_text(client.key.with_suffix(".pub").read_text())
    blob = client.key.with_suffix(".pub").read_text().split()[1]
    with client.open(host, kind="openssh", identity_file=str(key)) as channel:
        assert channel.login["key"]["blob"] == blob


def test_tries_that_fail_are_counted(host, client, keys):
    client.config(f"Host *\n  IdentityFile {keys('other')}\n  IdentityFile {client.key}\n")
    with client.open(host, kind="openssh", identity_file=None) as channel:
        assert channel.login["failures"] == 1


def test_two_methods_in_a_row(sshd, client, user):
    server = sshd("AuthenticationMethods publickey,password")
    client.trusts(server)
    with pytest.raises(LoginError, match="Permission denied"):
        client.uid(server, kind="openssh")


def test_sudo_with_a_password(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) ALL")
    client.answers.sudo = user.password
    root = str(tmp_path / "root")
    assert client.uid(host, kind="openssh", become=True, root=root) == 0
    client.answers.sudo = "wrong"
    with pytest.raises(BecomeError):
        client.uid(host, kind="openssh", become=True, root=root)


def test_what_stands_in_the_users_file_for_people_is_no_obstacle(host, client, tmp_path):
    client.config(
        "Host *\n  RemoteCommand echo hello\n  RequestTTY force\n  PermitLocalCommand yes\n"
        f"  LocalCommand touch {tmp_path}/local\n  LocalForward 127.0.0.1:1 127.0.0.1:2\n"
    )
    assert client.uid(host, kind="openssh")
    assert not (tmp_path / "local").exists()


def test_an_unknown_host_key(sshd, client):
    server = sshd()
    with pytest.raises(HostKeyError, match="Host key verification failed") as error:
        client.uid(server, kind="openssh")
    assert "--accept-new" in error.value.hint
    kind, blob = server.known().split()[1:]
    assert error.value.why.endswith(f"{kind} {fingerprint(base64.b64decode(blob))}")
    assert client.uid(server, kind="openssh", accept_new=True)
    assert client.known_hosts.read_text() == server.known()


def test_a_changed_host_key(sshd, client, keys):
    server, other = sshd(), sshd(key="another")
    client.known_hosts.write_text(other.known(f"[127.0.0.1]:{server.port}"))
    with pytest.raises(HostKeyError):
        client.uid(server, kind="openssh", accept_new=True)


def test_a_key_that_is_refused(host, client, keys):
    with pytest.raises(LoginError, match=r"Permission denied \(publickey"):
        client.uid(host, kind="openssh", identity_file=str(keys("other")))


def test_nobody_listens(client, sshd):
    server = sshd()
    server.process.terminate()
    server.process.wait()
    with pytest.raises(ConnectError, match="Connection refused"):
        client.uid(server, kind="openssh")


def test_a_password_is_refused_before_anything_is_tried(host, client):
    with pytest.raises(UsageError, match="is given no password"):
        client.uid(host, kind="openssh", password="x")
    assert not logins(host)


def test_a_link_that_breaks(host, client):
    with client.open(host, kind="openssh") as channel:
        channel.send({})
        channel.receive()
        host.signal_sessions(9)
        with pytest.raises(ConnectionLost):
            channel.receive(20)


def test_known_hosts_by_a_command_needs_the_program(sshd, client):
    """paramiko can't ask it: `connection: ssh` takes the program by itself."""
    server = sshd()
    kind, blob = server.known().split()[1:]
    client.config(
        f"Host *\n  KnownHostsCommand /bin/echo [127.0.0.1]:{server.port} {kind} {blob}\n"
    )
    assert client.uid(server)
    with pytest.raises(HostKeyError):
        client.uid(server, kind="paramiko")


def test_a_connection_that_lasts(host, client, runtime):
    for _ in range(3):
        with client.open(host, persist=60) as channel:
            channel.send({})
            assert channel.receive()["uid"] == channel.hello.euid
            assert channel.login["methods"] == ["publickey"]
            assert channel.login["key"]
    assert logins(host) == 1
    assert (runtime / "hardener").stat().st_mode & 0o777 == 0o700


def test_one_that_is_told_to_use_the_library_is_not_kept(host, client, runtime):
    client.uid(host, persist=60, kind="paramiko")
    assert not (runtime / "hardener").exists()


def test_through_a_connection_of_the_users_own_nothing_is_known_of_the_key(host, client, runtime):
    (runtime / "hardener").mkdir(mode=0o700)
    client.config(
        f"Host *\n  ControlMaster auto\n  ControlPersist 60\n  ControlPath {runtime}/hardener/%C\n"
    )
    client.uid(host, kind="openssh")
    with client.open(host, kind="openssh") as channel:
        assert channel.login["user"] == client.user
        assert not {"methods", "key", "dialed"} & set(channel.login)


def test_a_login_that_must_be_new(host, client, runtime):
    """What confirms a change of sshd must not come in by a connection from before it."""
    client.uid(host, persist=60)
    assert client.uid(host, persist=60, anew=True)
    assert logins(host) == 2
    client.config(
        f"Host *\n  ControlMaster auto\n  ControlPersist 60\n  ControlPath {runtime}/hardener/%C\n"
    )
    client.uid(host, kind="openssh")
    before = logins(host)
    assert client.uid(host, kind="openssh")
    assert logins(host) == before
    assert client.uid(host, kind="openssh", anew=True)
    assert logins(host) == before + 1


def test_a_connection_that_lasted_too_long(host, client, runtime):
    """Its server ends the session in between: the next command logs in anew."""
    client.uid(host, persist=60)
    host.signal_sessions(9)
    until(lambda: not any(path.is_socket() for path in (runtime / "hardener").iterdir()), 10)
    assert client.uid(host, persist=60)
    assert logins(host) == 2


def test_a_folder_that_others_may_enter_is_refused(host, client, runtime):
    (runtime / "hardener").mkdir(mode=0o755)
    (runtime / "hardener").chmod(0o755)
    with pytest.raises(UsageError, match="open to others"):
        client.uid(host, persist=60)
    assert not logins(host)
