"""Ways to a host: jumps, proxy commands, ssh_config with all that it includes."""

from __future__ import annotations

import contextlib
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from hardener.connect import Target
from hardener.connect.jumps import jump_target
from hardener.errors import ConnectError, ConnectionLost, HostKeyError, LoginError


def test_through_a_jump_host_that_the_inventory_names(sshd, client, user):
    jump, server = sshd(), sshd()
    client.trusts(jump, server)
    client.config(f"Host 127.0.0.1\n  IdentityFile {client.key}\n")
    client.uid(server, proxy_jump=f"{user.name}@127.0.0.1:{jump.port}")
    assert "direct-tcpip" in jump.log.read_text()


def test_through_two_jumps_of_ssh_config_by_their_aliases(sshd, client, user):
    first, second, server = sshd(), sshd(), sshd()
    client.trusts(first, second, server)
    client.config(
        f"Host first\n  HostName 127.0.0.1\n  Port {first.port}\n"
        f"Host second\n  HostName 127.0.0.1\n  Port {second.port}\n"
        "Host web1\n  HostName 127.0.0.1\n  ProxyJump first,second\n"
        f"Host *\n  User {user.name}\n  IdentityFile {client.key}\n"
    )
    client.uid(server, address="", user=None, identity_file=None)
    assert "direct-tcpip" in first.log.read_text()
    assert "direct-tcpip" in second.log.read_text()


def test_a_jump_that_is_not_trusted_is_named(sshd, client, user):
    jump, server = sshd(), sshd()
    client.trusts(server)
    name = f"{user.name}@127.0.0.1:{jump.port}"
    with pytest.raises(HostKeyError) as caught:
        client.open(server, proxy_jump=name)
    assert caught.value.where == name


def test_a_host_that_the_jump_does_not_reach(sshd, client, user):
    jump, server = sshd(), sshd()
    client.trusts(jump, server)
    client.config(f"Host 127.0.0.1\n  IdentityFile {client.key}\n")
    jump_name = f"{user.name}@127.0.0.1:{jump.port}"
    with pytest.raises(ConnectError, match=rf"127.0.0.1:{jump.port} does not reach 127.0.0.1:1"):
        client.open(server, port=1, proxy_jump=jump_name)


def test_jumps_in_a_circle(sshd, client):
    client.config("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n")
    with pytest.raises(ConnectError, match="circle"):
        client.open_target(Target(name="a", ssh_config=client.config()))


def test_none_overrules_the_jump_of_ssh_config(sshd, client):
    server = sshd()
    client.trusts(server)
    client.config("Host 127.0.0.1\n  ProxyJump nowhere.invalid\n")
    client.uid(server, proxy_jump="none")


def test_a_proxy_command_with_tokens(sshd, client, tmp_path):
    server = sshd()
    client.trusts(server)
    said = tmp_path / "said"
    client.config(
        f"Host 127.0.0.1\n  ProxyCommand sh -c 'echo %h %p %r > {said}; exec nc -N %h %p'\n"
    )
    script = tmp_path / "nc"
    script.write_text(PROXY)
    client.config(
        "Host 127.0.0.1\n"
        f"  ProxyCommand sh -c 'echo %h %p %r > {said}; exec python3 {script} %h %p'\n"
    )
    client.uid(server)
    assert said.read_text() == f"127.0.0.1 {server.port} {client.user}\n"


PROXY = """
import os, select, socket, sys
sock = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True:
    for ready in select.select([0, sock], [], [])[0]:
        data = os.read(0, 65536) if ready == 0 else sock.recv(65536)
        if not data:
            sys.exit()
        sock.sendall(data) if ready == 0 else os.write(1, data)
"""


def test_a_proxy_command_that_fails(client, sshd):
    server = sshd()
    client.config("Host 127.0.0.1\n  ProxyCommand false\n")
    with pytest.raises(ConnectError, match="nothing comes through its ProxyCommand") as caught:
        client.open(server)
    assert caught.value.why == "its ProxyCommand ended with 1"


def test_what_a_proxy_command_complains_of_is_told(client, sshd):
    server = sshd()
    client.config("Host 127.0.0.1\n  ProxyCommand ssh -F none -W %h:%p gate.invalid\n")
    with pytest.raises(ConnectError, match="nothing comes through its ProxyCommand") as caught:
        client.open(server)
    assert "Could not resolve hostname gate.invalid" in caught.value.why


def test_hosts_behind_one_bastion_share_a_link_to_it(sshd, client, user):
    """By default sshd lets ten connections at a time log in, and drops others by chance."""
    bastion, server = sshd("MaxStartups 1:100:1"), sshd()
    client.trusts(bastion, server)
    client.config(f"Host 127.0.0.1\n  IdentityFile {client.key}\n")
    way = f"{user.name}@127.0.0.1:{bastion.port}"

    def logins() -> int:
        return bastion.log.read_text().count("Accepted publickey")

    names = [f"web{number}" for number in range(6)]
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(6) as pool:
        for channel in pool.map(lambda n: client.open(server, name=n, proxy_jump=way), names):
            stack.enter_context(channel)
            channel.send({})
            channel.receive(10)
        assert logins() == 1
        first = stack.pop_all()
        with client.open(server, proxy_jump=way) as channel:
            first.close()
            channel.send({})
            channel.receive(10)
    assert logins() == 1
    client.uid(server, proxy_jump=way)
    assert logins() == 2


def test_a_bastion_that_refuses_is_told_to_all_who_wait(sshd, client, user, keys):
    bastion, server = sshd(authorize=keys("nobody").with_suffix(".pub")), sshd()
    client.trusts(bastion, server)
    client.config(f"Host 127.0.0.1\n  IdentityFile {client.key}\n")
    way = f"{user.name}@127.0.0.1:{bastion.port}"

    def error(name: str) -> str:
        with pytest.raises(LoginError) as caught:
            client.open(server, name=name, proxy_jump=way)
        return caught.value.where

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(error, ["web1", "web2", "web3", "web4"])) == {way}


def test_a_bastion_that_came_back_is_reached_anew(sshd, client, user):
    bastion, server = sshd(), sshd()
    client.trusts(bastion, server)
    client.config(f"Host 127.0.0.1\n  IdentityFile {client.key}\n")
    way = f"{user.name}@127.0.0.1:{bastion.port}"
    with client.open(server, proxy_jump=way) as channel:
        bastion.signal_sessions(signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            channel.receive(10)
        client.uid(server, proxy_jump=way)


def test_include_and_host_blocks(sshd, client, user, tmp_path):
    server = sshd()
    client.trusts(server)
    (tmp_path / "more").write_text(
        f"Host web*\n  HostName 127.0.0.1\n  Port {server.port}\n  User {user.name}\n"
    )
    client.config(f"Include {tmp_path}/more\nHost web1\n  IdentityFile {client.key}\n")
    client.uid(server, address="", port=None, user=None, identity_file=None)


@pytest.mark.parametrize(
    ("text", "address", "port", "user"),
    [
        ("bastion", "bastion", None, None),
        ("me@bastion:2222", "bastion", 2222, "me"),
        ("me@[::1]:22", "::1", 22, "me"),
        ("[::1]", "::1", None, None),
        ("ssh://bastion:23", "bastion", 23, None),
        ("a@b@bastion", "bastion", None, "a@b"),
    ],
)
def test_how_a_jump_is_written(text, address, port, user):
    hop = jump_target(Target(name="x"), text, "before")
    assert (hop.address, hop.port, hop.user, hop.proxy_jump) == (address, port, user, "before")
