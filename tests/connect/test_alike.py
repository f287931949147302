"""One `ssh -G` for hosts that the settings files don't tell apart, and what it says is so for each."""

from __future__ import annotations

import pwd

import pytest

from hardener.connect import Target, alike, ssh_options
from hardener.connect.alike import likeness
from hardener.connect.ssh_options import options_of

PLAIN = """
User deploy
# all 100 % of them
Host=db? !db9 old
  Port 2222
Host box
  HostName 10.0.0.1
Host *
  ControlPath ~/.ssh/%C
  ServerAliveInterval 20
"""
NAMES = ("web1", "WEB2", "db1", "db2", "db9", "old", "fe80::1")


@pytest.fixture
def asked(monkeypatch):
    """The names that ssh was asked for."""
    names, ask = [], ssh_options._ask_ssh

    def counted(target):
        names.append(target.destination)
        return ask(target)

    monkeypatch.setattr(ssh_options, "_ask_ssh", counted)
    return names


def test_hosts_that_are_alike_share_an_answer_that_is_each_ones_own(tmp_path, asked):
    (tmp_path / "config").write_text(PLAIN)
    for name in NAMES:
        target = Target(name=name, ssh_config=str(tmp_path / "config"))
        found, alone = dict(options_of(target)), dict(ssh_options._ask_ssh(target))
        assert found.pop("controlpath")  # of the one that was asked for; nobody reads it
        assert alone.pop("controlpath")
        assert found == alone
        asked.pop()
    assert asked == ["web1", "db1", "db9", "old"]


@pytest.mark.parametrize(
    "more",
    ["Match user x", "HostName other", "IdentityFile ~/keys/%n", "CanonicalizeHostname yes",
     'Match exec "true"', "hostname=%h.example.org", '"Match" all', "UserKnownHostsFile $X/y"],
)  # fmt: skip
def test_what_else_may_tell_hosts_apart_is_left_to_ssh(tmp_path, more):
    (tmp_path / "config").write_text(PLAIN + more + "\n")
    assert likeness(Target(name="web1", ssh_config=str(tmp_path / "config"))) is None
    (tmp_path / "whole").write_text(f"Include {tmp_path}/conf*\n")
    assert likeness(Target(name="web1", ssh_config=str(tmp_path / "whole"))) is None


def test_what_is_included_counts(tmp_path, asked):
    (tmp_path / "d").mkdir()
    (tmp_path / "config").write_text(f'Include "{tmp_path}/d/*.conf"\n')
    one, two = (Target(name=n, ssh_config=str(tmp_path / "config")) for n in ("one", "two"))
    options_of(one), options_of(two)
    assert asked == ["one"]
    (tmp_path / "d/a.conf").write_text("Host two\n  Port 23\n")
    assert options_of(one)["port"] == ["22"]
    assert options_of(two)["port"] == ["23"]
    assert asked == ["one", "one", "two"]


@pytest.mark.parametrize(("home", "told"), [("one", False), ("other", True)])
def test_the_home_is_that_of_the_account_as_for_ssh(tmp_path, monkeypatch, home, told):
    (tmp_path / "one/.ssh").mkdir(parents=True)
    (tmp_path / "one/.ssh/config").write_text("Match all\n")
    entry = pwd.struct_passwd(("x", "x", 0, 0, "", str(tmp_path / home), ""))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: entry)
    monkeypatch.setattr(alike, "SYSTEMS", tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "one"))
    assert (likeness(Target(name="web1")) is not None) == told


@pytest.mark.parametrize("name", ["-oUser=x", "a b", "ü", "a;b", "x@y", ""])
def test_what_is_no_name_is_told_by_ssh(name):
    assert likeness(Target(name=name)) is None


def test_words_of_the_inventory_are_of_one_host():
    assert likeness(Target(name="web1", ssh_args=("-o", "Port=7"))) is None
    same = [
        Target(name=n, user=u, port=p) for n, u, p in (("a", "x", 1), ("b", "y", 1), ("c", "x", 2))
    ]
    assert len({likeness(each) for each in same}) == 3
