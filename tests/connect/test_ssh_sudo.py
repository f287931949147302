"""Become another user by a real sudo, and by what others look like (D32)."""

from __future__ import annotations

import os
import pwd
import re
import time
from pathlib import Path

import pytest

from hardener.errors import BecomeError


@pytest.fixture
def host(sshd, client):
    server = sshd()
    client.trusts(server)
    return server


def become(client, host, tmp_path, **more):
    return client.uid(host, become=True, root=str(tmp_path / "root"), **more)


def test_sudo_without_a_password(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) NOPASSWD: ALL")
    assert become(client, host, tmp_path) == 0


def test_a_password_that_sudo_does_not_want_is_not_written(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) NOPASSWD: ALL")
    client.answers.sudo = user.password
    with client.open(host, become=True, root=str(tmp_path / "root")) as channel:
        channel.send({"a": 1})
        assert channel.receive()["a"] == 1


def test_sudo_with_a_password(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) ALL")
    client.answers.sudo = user.password
    assert become(client, host, tmp_path) == 0
    assert client.answers.asked == ["sudo web1"]


def test_the_password_is_in_no_argv_and_no_environment(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) ALL")
    client.answers.sudo = user.password
    with client.open(host, become=True, root=str(tmp_path / "root")) as channel:
        channel.send({"do": "environment"})
        answer = channel.receive()
        ancestors = [
            Path(f"/proc/{pid}/{name}").read_bytes()
            for pid in line_of_descent(answer["pid"])
            for name in ("cmdline", "environ")
        ]
    assert user.password not in str(answer)
    assert not [text for text in ancestors if user.password.encode() in text]


def line_of_descent(pid):
    while pid > 1 and pid != os.getpid():
        yield pid
        pid = int(re.search(r"PPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def test_a_wrong_password_says_so_at_the_second_prompt(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) ALL", "Defaults:{me} passwd_tries=3")
    client.answers.sudo = "wrong-one"
    with pytest.raises(BecomeError) as caught:
        become(client, host, tmp_path)
    assert f"sudo: the password for {user.name} on web1 is wrong" in str(caught.value)
    assert "wrong-one" not in str(caught.value)


def test_a_wrong_password_where_sudo_asks_only_once(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) ALL", "Defaults:{me} passwd_tries=1")
    client.answers.sudo = "wrong-one"
    with pytest.raises(BecomeError, match="is wrong"):
        become(client, host, tmp_path)


def test_no_password_where_one_is_wanted_says_how_to_give_it(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) ALL")
    with pytest.raises(BecomeError) as caught:
        become(client, host, tmp_path)
    assert "-K asks you for it" in caught.value.hint
    assert "a password is required" in caught.value.why


def test_a_user_without_the_right(host, client, user, tmp_path):
    client.answers.sudo = user.password
    with pytest.raises(BecomeError, match=f"sudo on web1 does not let {user.name} become root"):
        become(client, host, tmp_path)


@pytest.mark.parametrize("rule", ["", "{me} ALL=(ALL) /usr/bin/apt-get"])
def test_a_refusal_repeats_neither_our_prompt_nor_our_program(host, client, user, tmp_path, rule):
    user.sudo(rule)
    client.answers.sudo = user.password
    with pytest.raises(BecomeError, match="does not let") as caught:
        become(client, host, tmp_path)
    assert user.name in caught.value.why
    assert "hardener-" not in caught.value.why
    assert len(caught.value.why) < 200


def test_a_user_who_is_not_there(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) NOPASSWD: ALL")
    with pytest.raises(BecomeError, match="web1 has no user nobody-here"):
        become(client, host, tmp_path, become_user="nobody-here")


def test_requiretty_is_explained(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) NOPASSWD: ALL", "Defaults:{me} requiretty")
    with pytest.raises(BecomeError, match="insists on a terminal") as caught:
        become(client, host, tmp_path)
    assert f"Defaults:{user.name} !requiretty" in caught.value.hint


@pytest.mark.parametrize(
    "default", ["use_pty", "lecture=always", 'passprompt="[%%u] secret: "', "log_output"]
)
def test_settings_that_change_how_sudo_talks(host, client, user, tmp_path, default):
    user.sudo("{me} ALL=(ALL) ALL", "Defaults:{me} " + default)
    client.answers.sudo = user.password
    with client.open(host, become=True, root=str(tmp_path / "root")) as channel:
        channel.send({"data": bytes(range(256)) * 1000})
        assert channel.receive()["data"] == bytes(range(256)) * 1000


def test_the_host_process_ends_with_the_link_under_sudo(host, client, user, tmp_path):
    user.sudo("{me} ALL=(ALL) NOPASSWD: ALL", "Defaults:{me} use_pty")
    with client.open(host, become=True, root=str(tmp_path / "root")) as channel:
        channel.send({})
        pid = channel.receive()["pid"]
    for _ in range(100):
        if not os.path.exists(f"/proc/{pid}"):
            return
        time.sleep(0.05)
    raise AssertionError("it still runs")


def test_another_user_than_root(host, client, user, tmp_path):
    user.sudo("{me} ALL=(games) NOPASSWD: ALL")
    uid = pwd.getpwnam("games").pw_uid
    assert client.uid(host, become=True, become_user="games", root=str(tmp_path / "x")) == uid


def test_root_needs_no_sudo(other_sudo, client, tmp_path):
    server = other_sudo(GERMAN)
    assert become(client, server, tmp_path, user="root") == 0
    games = become(client, server, tmp_path, user="root", become_user="games")
    assert games == pwd.getpwnam("games").pw_uid
    assert client.answers.asked == []


RUST = """#!/bin/sh
# as sudo-rs 0.2.8 asks: its own words round ours
while [ "$1" != -- ]; do [ "$1" = -p ] && prompt=$2; shift; done; shift
printf '[sudo: %s] Password: ' "$prompt" >&2
IFS= read -r password
[ "$password" = right ] && exec "$@"
printf '\\nsudo: Authentication failed, try again.\\n[sudo: %s] Password: ' "$prompt" >&2
read -r password && touch "$HOME/.profile"
"""
GERMAN = """#!/bin/sh
echo 'sudo: Ein Passwort ist notwendig' >&2
exit 1
"""
SLOW = """#!/bin/sh
# a prompt that comes in two pieces, after a lecture
while [ "$1" != -- ]; do [ "$1" = -p ] && prompt=$2; shift; done; shift
echo 'We trust you have received the usual lecture' >&2
printf %.20s "$prompt" >&2; sleep 0.3; printf %s "${prompt#????????????????????}" >&2
IFS= read -r password
[ "$password" = right ] && exec "$@"
exit 1
"""


@pytest.fixture
def other_sudo(place, sshd, client):
    def install(script):
        folder = place / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "sudo").write_text(script)
        (folder / "sudo").chmod(0o755)
        server = sshd(f"SetEnv PATH={folder}:/usr/sbin:/usr/bin:/sbin:/bin")
        client.trusts(server)
        return server

    return install


@pytest.mark.parametrize("script", [RUST, SLOW], ids=["sudo-rs", "slow"])
def test_a_prompt_with_our_mark_somewhere_in_it(other_sudo, client, user, tmp_path, script):
    server = other_sudo(script)
    client.answers.sudo = "right"
    with client.open(server, become=True) as channel:
        assert channel.hello.euid == pwd.getpwnam(user.name).pw_uid


def test_a_wrong_password_for_sudo_rs_is_given_once(other_sudo, client, user, user_is_idle):
    server = other_sudo(RUST)
    client.answers.sudo = "wrong-one"
    (user.home / ".profile").unlink(missing_ok=True)
    with pytest.raises(BecomeError, match="is wrong"):
        client.open(server, become=True)
    user_is_idle()
    assert not (user.home / ".profile").exists()


def test_a_refusal_in_another_language(other_sudo, client):
    server = other_sudo(GERMAN)
    with pytest.raises(BecomeError, match="-K asks") as caught:
        client.open(server, become=True)
    assert "Ein Passwort ist notwendig" in caught.value.why


def test_no_sudo_at_all(sshd, client, place, user):
    folder = place / "empty"
    folder.mkdir(exist_ok=True)
    if not (folder / "env").exists():
        (folder / "env").symlink_to("/usr/bin/env")
    server = sshd(f"SetEnv PATH={folder}")
    client.trusts(server)
    with pytest.raises(BecomeError, match="there is no sudo on web1"):
        client.open(server, become=True)
