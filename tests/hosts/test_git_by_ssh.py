"""A checkout by a deploy key from a repository that a real sshd serves: whose keys are known, and back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab

SERVED = r"""
useradd -m -s /bin/sh app; useradd -m -s /usr/bin/git-shell git
install -d -o app -g app -m 700 /home/app/.ssh; install -d -o git -g git -m 700 /home/git/.ssh
su app -c 'for name in "deploy key" other; do ssh-keygen -q -t ed25519 -N "" -f "$HOME/.ssh/$name"; done'
install -o git -g git -m 600 '/home/app/.ssh/deploy key.pub' /home/git/.ssh/authorized_keys
export GIT_AUTHOR_DATE=2026-01-01T00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00Z
install -d -o git -g git /srv/work /srv/app.git
su -s /bin/sh git -c 'cd /srv/work && git init -q -b main && git config user.name t &&
  git config user.email t@localhost && echo one > a && git add . && git commit -qm one &&
  git clone -q --bare . /srv/app.git'
"""
KNOWN = "/home/app/.ssh/known_hosts"
REPO = "ssh://git@localhost/srv/app.git"
LEARNT = (r"/home/app/\.ssh/known_hosts", r"/var/log/.*")


@pytest.fixture
def host(make_host: Callable[..., Any]) -> Host:
    host: Host = make_host(packages=["git"])
    host.sh(SERVED)
    return host


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    return Command(lab, host, tmp_path)


def checkout(harden: Command, *words: str, **more: Any) -> tuple[int, str]:
    """Apply the one step, as its user; return the exit code and what was said."""
    params = {
        "repo": REPO,
        "dest": "/home/app/site",
        "key_file": "/home/app/.ssh/deploy key",
        **more,
    }
    play = harden.playbook({"name": "Site", "git": params, "become_user": "app"})
    done = harden("apply", str(play), "--yes", *words)
    return done.returncode, done.stdout + done.stderr


def test_a_deploy_key(harden: Command, host: Host) -> None:
    before = host.hash(leave_out=LEARNT)
    code, said = checkout(harden)
    assert code == 1
    assert "Host key verification failed" in said
    assert "`accept_newhostkey: true`" in said
    code, said = checkout(harden, accept_newhostkey=True, key_file="/home/app/.ssh/other")
    assert code == 1
    assert "Permission denied (publickey" in said
    code, said = checkout(harden, "--dry-run", accept_newhostkey=True)
    assert code == 0, said
    assert not host.exists(KNOWN), "who only looks learns no key for good"
    assert harden.difference(before, but=LEARNT) == ""
    code, said = checkout(harden, accept_newhostkey=True)
    assert code == 0, said
    assert host.read("/home/app/site/a") == "one\n"
    assert host.sh("stat -c %U /home/app/site/a /home/app/site/.git/config").split() == ["app"] * 2
    learnt = host.read(KNOWN)
    host.sh(f"ssh-keygen -F localhost -f {KNOWN}")
    code, said = checkout(harden)
    assert (code, "changed " in said) == (0, False), said
    done = harden("rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    assert harden.difference(before, but=LEARNT) == ""
    assert host.read(KNOWN) == learnt, "which key a server has stays known"


def test_a_preview_learns_no_further_keys(harden: Command, host: Host) -> None:
    """By itself ssh adds what other keys a known server says that it has."""
    key = host.read("/etc/ssh/ssh_host_ed25519_key.pub").rpartition(" ")[0]
    host.write(KNOWN, f"localhost {key}\n")
    host.sh(f"chown app: {KNOWN}")
    before = host.hash()
    code, said = checkout(harden, "--dry-run")
    assert code == 0, said
    assert harden.difference(before, but=(r"/var/log/.*",)) == ""


def test_a_key_that_has_changed_is_refused(harden: Command, host: Host) -> None:
    key = host.read("/home/app/.ssh/other.pub").rpartition(" ")[0]
    host.write(KNOWN, f"localhost {key}\n")
    host.sh(f"chown app: {KNOWN}")
    code, said = checkout(harden, accept_newhostkey=True)
    assert code == 1
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in said
    assert not host.exists("/home/app/site")
