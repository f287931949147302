"""Apply playbooks to booted hosts by the real ansible-playbook, and by ours as `harden import` turns them."""

import subprocess
import sys
from pathlib import Path

import needs
from lab.host import Host
from lab.session import Lab
from real_ansible import ansible

HARDEN = Path(sys.executable).with_name("harden")


def present() -> None:
    if not ansible.program("ansible-playbook").exists():
        needs.missing("needs ansible: python tests/inventory/ansible.py installs it")


def theirs(lab: Lab, host: Host, *sites: Path) -> str:
    folder = sites[0].parent
    own = {"ANSIBLE_CONFIG": "/nonexistent.cfg", "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
           "ANSIBLE_COLLECTIONS_PATH": str(ansible.COLLECTIONS), "ANSIBLE_PIPELINING": "1",
           "ANSIBLE_SSH_ARGS": f"-F {lab.ssh_config} -o ControlMaster=auto -o ControlPersist=60s",
           "HOME": str(lab.home), "LC_ALL": "C.UTF-8"}  # fmt: skip
    words = [ansible.program("ansible-playbook"), "-i", f"{host.name},", "-u", "root", *sites]
    return said(lab.controller(words, env=own, check=False, timeout=600))


def ours(lab: Lab, host: Host, site: Path, *words: str) -> str:
    own = {"XDG_STATE_HOME": str(site.parent / "state"), "HOME": str(lab.home)}
    way = ["-i", f"{host.name},", "--user", "root", "--ssh-config", str(lab.ssh_config)]
    command: list[str | Path] = [HARDEN, "apply", site, "--yes", *way, *words]
    return said(lab.controller(command, env=own, check=False, timeout=600))


def said(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
