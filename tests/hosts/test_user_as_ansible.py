"""The same tasks by the real ansible-playbook, and by ours as `harden import` turns them: equal accounts."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import needs
from lab.host import Host
from lab.session import Lab
from real_ansible import ansible

HARDEN = Path(sys.executable).with_name("harden")
FILES = "cat /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/subuid /etc/subgid"
HOMES = "find /home /srv -printf '%P %M %U %G %s %l\\n' | grep -v authorized_keys | sort"
TASKS = r"""
- hosts: all
  gather_facts: no
  tasks:
    - group: {name: web}
    - group: {name: jobs, system: yes}
    - group: {name: shop, gid: 4000}
    - user: {name: deploy}
    - user: {name: ana, groups: "web, jobs, shop", comment: Ana B, shell: /bin/bash, expires: 1935878400,
             password: "$6$4Yd3kq1c$Q2ZzJx8yT5m0WcVn3bLr7PpUe9sHfGa1"}
    - user: {name: service, system: yes, create_home: no, shell: /usr/sbin/nologin}
    - user: {name: far, uid: 5005, home: /srv/far, group: shop, umask: "0027"}
    - user: {name: ana, groups: [shop, web, jobs], append: yes, password_expire_max: 90, password_expire_min: 1}
    - user: {name: deploy, password_lock: yes}
    - user: {name: ops, groups: []}
    - user: {name: ops, comment: Operators, update_password: on_create, password: "!"}
    - user: {name: trader, state: absent, remove: yes}
    - user: {name: nobody-here, state: absent}
    - group: {name: plugdev, state: absent}
"""


def theirs(lab: Lab, host: Host, site: Path) -> str:
    own = {"ANSIBLE_CONFIG": "/nonexistent.cfg", "ANSIBLE_LOCAL_TEMP": str(site.parent / "tmp"),
           "ANSIBLE_SSH_ARGS": f"-F {lab.ssh_config}", "HOME": str(lab.home), "LC_ALL": "C.UTF-8"}  # fmt: skip
    words = [ansible.program("ansible-playbook"), "-i", f"{host.name},", "-u", "root", site]
    return said(lab.controller(words, env=own, check=False, timeout=300))


def ours(lab: Lab, host: Host, site: Path) -> str:
    own = {"XDG_STATE_HOME": str(site.parent / "state"), "HOME": str(lab.home)}
    way: list[str | Path] = [
        "-i",
        f"{host.name},",
        "--user",
        "root",
        "--ssh-config",
        lab.ssh_config,
    ]
    return said(
        lab.controller([HARDEN, "apply", site, "--yes", *way], env=own, check=False, timeout=300)
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_same_accounts(make_host: Callable[..., Any], lab: Lab, tmp_path: Path) -> None:
    if not ansible.program("ansible-playbook").exists():
        needs.missing("needs ansible: python tests/inventory/ansible.py installs it")
    one, other = make_host(), make_host()
    (tmp_path / "site.yml").write_text(TASKS)
    turned: list[str | Path] = [
        HARDEN,
        "import",
        tmp_path / "site.yml",
        "-o",
        tmp_path / "ours.yml",
    ]
    assert ": 14 steps turned, 0 left" in said(lab.controller(turned))
    theirs(lab, one, tmp_path / "site.yml")
    ours(lab, other, tmp_path / "ours.yml")
    for asked in (FILES, HOMES):
        assert one.sh(asked) == other.sh(asked)
    assert re.search(r"changed=0 ", theirs(lab, one, tmp_path / "site.yml"))
    assert "changed   " not in ours(lab, other, tmp_path / "ours.yml")
