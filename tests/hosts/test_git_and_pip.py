"""git and pip on booted hosts, by ssh: the same tasks by the real ansible-playbook and by ours, and back."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from as_ansible import HARDEN, ours, present, said, theirs
from lab.host import Host
from lab.session import Lab
from wheels import wheel

PACKAGES = ["git", "python3-venv"]
REMOTE = r"""
useradd -m -s /bin/sh app
cd /srv && mkdir git app && chown app: git app
export GIT_AUTHOR_DATE=2026-01-01T00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00Z
su app -c 'cd /srv/git && git init -q -b main &&
  git config user.name t && git config user.email t@localhost &&
  mkdir d && echo one > a && echo two > d/b && git add . && git commit -qm one && git tag v1 &&
  echo three > a && git rm -q d/b && git commit -qam two'
"""
TASKS = r"""
- hosts: all
  gather_facts: no
  become: yes
  tasks:
    - git: {repo: "file:///srv/git", dest: /srv/app/first, version: v1, recursive: no}
      become_user: app
    - git: {repo: "file:///srv/git", dest: /srv/app/main, recursive: no}
      become_user: app
    - pip: {name: ["app==1.0", "lib<1.1"], virtualenv: /srv/app/venv, virtualenv_command: python3 -m venv,
            extra_args: --no-index --find-links=/srv/wheels}
      become_user: app
    - pip: {name: alone, version: "1.0", virtualenv: /srv/app/venv, virtualenv_command: python3 -m venv,
            extra_args: --no-index --find-links=/srv/wheels}
      become_user: app
    - pip: {name: setuptools, state: absent, virtualenv: /srv/app/venv, virtualenv_command: python3 -m venv}
      become_user: app
"""
TREE = "cd /srv/app && find . -path '*/.git/*' -prune -o -name __pycache__ -prune -o -printf '%P %M %U %l\\n' | sort"
HEADS = 'for each in first main; do su app -c "cd /srv/app/$each && git rev-parse HEAD && git status -sb | cut -d. -f1"; done'
LISTED = "/srv/app/venv/bin/pip list --format=freeze --disable-pip-version-check"
ALL = "cd /srv && find . -type f -exec sha256sum {} + -o -printf '%P %M %U %G %l\\n' | sort"


def prepared(host: Host, folder: Path) -> Host:
    host.sh(REMOTE)
    for name, version, *requires in (
        ("app", "1.0", "lib"),
        ("lib", "1.0"),
        ("lib", "1.1"),
        ("alone", "1.0"),
    ):
        made = wheel(folder, name, version, *requires)
        text = base64.b64encode(made.read_bytes()).decode()
        host.sh(f"mkdir -p /srv/wheels; echo {text} | base64 -d > /srv/wheels/{made.name}")
    return host


@pytest.fixture
def hosts(make_host: Callable[..., Any], tmp_path: Path) -> tuple[Host, Host]:
    present()
    one, other = (prepared(make_host(packages=PACKAGES), tmp_path / "wheels") for _ in "12")
    return one, other


def test_the_same_checkouts_and_packages(
    hosts: tuple[Host, Host], lab: Lab, tmp_path: Path
) -> None:
    one, other = hosts
    site = tmp_path / "site.yml"
    site.write_text(TASKS)
    before = other.sh(ALL)
    turned: list[str | Path] = [HARDEN, "import", site, "-o", tmp_path / "ours.yml"]
    assert ": 5 steps turned, 0 left" in said(lab.controller(turned))
    theirs(lab, one, site)
    ours(lab, other, tmp_path / "ours.yml")
    for asked in (TREE, HEADS, LISTED):
        assert one.sh(asked) == other.sh(asked)
    assert other.sh(LISTED).split()[:2] == ["alone==1.0", "app==1.0"]
    back: list[str | Path] = [
        "rollback",
        "-i",
        f"{other.name},",
        "--user",
        "root",
        "--ssh-config",
        lab.ssh_config,
    ]
    own = {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(lab.home)}
    said(lab.controller([HARDEN, *back], env=own, check=False, timeout=300))
    assert other.sh(ALL) == before
