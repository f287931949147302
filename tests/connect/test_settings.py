"""What ssh_config and the inventory say together, with an ssh binary and without."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from hardener.connect import AskedOnce, Target, ssh_options
from hardener.connect.settings import resolve
from hardener.errors import ConnectError

CONFIG = """
Host web
  HostName web.example.org
  Port 2222
  User deploy
  IdentityFile ~/keys/%n-%r
  CertificateFile /certs/%h-cert.pub
  ProxyCommand relay %h %p %r %%
  UserKnownHostsFile /known/one /known/two
  ConnectTimeout 7
  IdentitiesOnly yes
  HostKeyAlias alias.example
Host hop
  ProxyJump me@one:23,two
Host new
  StrictHostKeyChecking accept-new
Host strict
  StrictHostKeyChecking yes
Host quiet
  IdentityAgent none
  AddressFamily inet6
"""


@pytest.fixture(params=["ssh -G", "paramiko"])
def config(request, tmp_path, monkeypatch):
    """A settings file, read by either."""
    path = tmp_path / "config"
    path.write_text(CONFIG)
    if request.param == "paramiko":
        monkeypatch.setattr(shutil, "which", lambda name: None)
    return str(path)


def test_all_that_is_used_of_a_host_block(config):
    found = resolve(Target(name="web", ssh_config=config))
    assert (found.host, found.port, found.user) == ("web.example.org", 2222, "deploy")
    assert found.identities == (Path("~/keys/web-deploy").expanduser(),)
    assert found.certificates == (Path("/certs/web.example.org-cert.pub"),)
    assert found.proxy_command == "relay web.example.org 2222 deploy %"
    assert found.user_known_hosts == (Path("/known/one"), Path("/known/two"))
    assert (found.seconds, found.identities_only) == (7, True)
    assert found.host_key_alias == "alias.example"
    assert not found.accept_new


def test_the_inventory_wins(config):
    found = resolve(
        Target(
            name="db",
            address="web",
            port=22,
            user="root",
            identity_file="/my/key",
            proxy_jump="gate",
            connect_timeout=3,
            accept_new=True,
            ssh_config=config,
        )
    )
    assert (found.name, found.host, found.port, found.user) == ("db", "web.example.org", 22, "root")
    assert found.identities == (Path("/my/key"),)
    assert (found.jumps, found.proxy_command) == (("gate",), None)
    assert (found.seconds, found.accept_new, found.identities_only) == (3, True, True)


def test_a_named_key_is_the_only_one(config):
    assert resolve(Target(name="x", identity_file="/k", ssh_config=config)).identities_only
    assert not resolve(Target(name="x", ssh_config=config)).identities_only


def test_jumps(config):
    assert resolve(Target(name="hop", ssh_config=config)).jumps == ("me@one:23", "two")
    assert resolve(Target(name="hop", ssh_config=config, proxy_jump="none")).jumps == ()


@pytest.mark.parametrize(("name", "accepts"), [("new", True), ("strict", False), ("x", False)])
def test_strict_unless_told_otherwise(config, name, accepts):
    assert resolve(Target(name=name, ssh_config=config)).accept_new == accepts


def test_what_nobody_says(config, monkeypatch):
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    found = resolve(Target(name="x", ssh_config=config))
    assert (found.host, found.port, found.agent) == ("x", 22, "/agent")
    assert Path("~/.ssh/id_ed25519").expanduser() in found.identities
    assert found.user_known_hosts[0] == Path("~/.ssh/known_hosts").expanduser()
    assert found.family == socket.AF_UNSPEC


@pytest.mark.parametrize(
    "args",
    [
        ("-J", "me@one,two"),
        ("-Jme@one,two",),
        ("-o", "ProxyJump=me@one,two"),
        ("-oProxyJump me@one,two",),
        ("-C", "-v", "-o", "ControlMaster=auto", "-o", "ProxyJump = me@one,two"),
    ],
)
def test_arguments_for_ssh(config, args):
    assert resolve(Target(name="x", ssh_args=args, ssh_config=config)).jumps == ("me@one", "two")


def test_a_proxy_command_among_the_arguments_for_ssh(config):
    args = ("-o", "ProxyCommand=ssh -W %h:%p -q me@gate", "-o", "StrictHostKeyChecking=no")
    found = resolve(Target(name="x", port=23, ssh_args=args, ssh_config=config))
    assert found.proxy_command == "ssh -W x:23 -q me@gate"
    assert found.accept_new


def test_what_the_inventory_says_by_a_word_of_its_own_beats_arguments_for_ssh(config):
    args = ("-l", "them", "-p", "99", "-o", "User=them", "-J", "them")
    found = resolve(
        Target(name="x", user="me", port=5, proxy_jump="mine", ssh_args=args, ssh_config=config)
    )
    assert (found.user, found.port, found.jumps) == ("me", 5, ("mine",))


def test_arguments_that_ssh_does_not_take_are_told(tmp_path):
    with pytest.raises(ConnectError, match="ssh can't read its settings") as caught:
        resolve(Target(name="web1", ssh_args=("-o", "Bogus=yes"), ssh_config="/dev/null"))
    assert "bogus" in caught.value.why.lower()


def test_a_match_exec_that_never_ends_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(ssh_options, "SECONDS", 0.3)
    (tmp_path / "config").write_text('Match exec "sleep 5"\n  User x\n')
    with pytest.raises(ConnectError, match="ssh can't read its settings") as caught:
        resolve(Target(name="web1", ssh_config=str(tmp_path / "config")))
    assert "Match exec" in caught.value.why


def test_how_long_to_wait(config):
    found = resolve(Target(name="x", ssh_config=config))
    assert (found.seconds, found.greeting) == (10, 30)
    assert (found.alive_interval, found.alive_count) == (15, 8)
    found = resolve(Target(name="web", ssh_config=config))
    assert (found.seconds, found.greeting) == (7, 7)
    args = ("-o", "ServerAliveInterval=5")
    found = resolve(Target(name="x", ssh_args=args, connect_timeout=2, ssh_config=config))
    assert (found.greeting, found.alive_interval, found.alive_count) == (2, 5, 3)


def test_no_agent_and_one_family(config, monkeypatch):
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    found = resolve(Target(name="quiet", ssh_config=config))
    assert (found.agent, found.family) == (None, socket.AF_INET6)


def test_a_settings_file_with_a_mistake_is_told(tmp_path):
    (tmp_path / "config").write_text("Bogus yes\n")
    with pytest.raises(ConnectError, match="ssh can't read its settings") as caught:
        resolve(Target(name="web1", ssh_config=str(tmp_path / "config")))
    assert "Bogus" in caught.value.why.replace("bogus", "Bogus")


def test_a_name_like_an_option_is_no_option(tmp_path):
    with pytest.raises(ConnectError, match="invalid characters"):
        resolve(Target(name="-oUser=somebody"))


class Counting:
    def __init__(self):
        self.calls = []

    def password(self, target):
        self.calls.append(target.name)

    def sudo_password(self, target):
        self.calls.append("sudo " + target.name)
        return "x"

    def passphrase(self, path):
        self.calls.append(path)
        return "y"


def test_each_secret_is_asked_for_once_even_if_there_is_none():
    person = Counting()
    secrets = AskedOnce(person)
    one, two = Target(name="one"), Target(name="two")
    for _ in range(2):
        assert [secrets.password(one), secrets.password(two)] == [None, None]
        assert [secrets.sudo_password(one), secrets.passphrase("k")] == ["x", "y"]
    assert person.calls == ["one", "two", "sudo one", "k"]


def test_passwords_that_the_inventory_holds_are_not_asked_for():
    person = Counting()
    secrets = AskedOnce(person)
    target = Target(name="one", password="login", become_password="become")
    assert (secrets.password(target), secrets.sudo_password(target)) == ("login", "become")
    assert person.calls == []
    assert "login" not in repr(target)
    assert "become'" not in repr(target)


@pytest.mark.parametrize(
    ("line", "beyond"),
    [
        ("KnownHostsCommand /bin/echo %H", "KnownHostsCommand"),
        ("PKCS11Provider /usr/lib/token.so", "PKCS11Provider"),
        ("ProxyUseFdpass yes", "ProxyUseFdpass"),
        ("HostbasedAuthentication yes", "HostbasedAuthentication"),
        ("GSSAPIAuthentication yes", ""),
        ("ControlPath /tmp/x", ""),
        ("PKCS11Provider none", ""),
    ],
)
def test_what_only_the_ssh_program_can_do(tmp_path, line, beyond):
    """Debian's own ssh_config says GSSAPIAuthentication for every host: that alone asks for nothing."""
    (tmp_path / "config").write_text(f"Host *\n  {line}\n")
    assert resolve(Target(name="x", ssh_config=str(tmp_path / "config"))).beyond == beyond


@pytest.mark.parametrize(
    ("kinds", "beyond"),
    [
        (["sk-ssh-ed25519@openssh.com"], "IdentityFile of a security key"),
        (["sk-ssh-ed25519@openssh.com", "ssh-ed25519"], ""),
        (["sk-ecdsa-sha2-nistp256@openssh.com", None], ""),
        ([], ""),
    ],
)
def test_security_keys_where_there_are_no_others(tmp_path, kinds, beyond):
    """`None` is a key without its public half beside it; a file that is not there does not count."""
    lines = [f"  IdentityFile {tmp_path}/gone"]
    for number, kind in enumerate(kinds):
        key = tmp_path / f"key{number}"
        key.write_text("private")
        if kind:
            key.with_suffix(".pub").write_text(f"{kind} AAAA me\n")
        lines.append(f"  IdentityFile {key}")
    (tmp_path / "config").write_text("\n".join(["Host *", *lines]) + "\n")
    assert resolve(Target(name="x", ssh_config=str(tmp_path / "config"))).beyond == beyond
