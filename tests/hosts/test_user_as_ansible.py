"""The same tasks by the real ansible-playbook, and by ours as `harden import` turns them: equal accounts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from as_ansible import HARDEN, ours, present, said, theirs
from lab.session import Lab

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


def test_the_same_accounts(make_host: Callable[..., Any], lab: Lab, tmp_path: Path) -> None:
    present()
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
