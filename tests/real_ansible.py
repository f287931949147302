"""The real Ansible that tests/inventory/ansible.py has installed: a module called `ansible` there."""

import importlib.util
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def _installed() -> Any:
    path = Path(__file__).parent / "inventory/ansible.py"
    spec = importlib.util.spec_from_file_location("ansible_installed", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ansible = _installed()


def play(site: Path, home: Path) -> str:
    """Apply a playbook to this machine by the real ansible-playbook; return what it says."""
    own = {"ANSIBLE_COLLECTIONS_PATH": ansible.COLLECTIONS, "ANSIBLE_CONFIG": "/nonexistent.cfg",
           "ANSIBLE_LOCAL_TEMP": home / "tmp", "ANSIBLE_REMOTE_TMP": home / "tmp",
           "ANSIBLE_PIPELINING": "1", "LC_ALL": "C.UTF-8", "HOME": home}  # fmt: skip
    python = f"ansible_python_interpreter={ansible.program('python')}"
    program = ansible.program("ansible-playbook")
    return run([program, "-i", "localhost,", "-c", "local", site, "-e", python], own)


def run(command: Sequence[Path | str], own: Mapping[str, Path | str]) -> str:
    """Run either of both with this environment; return all that it says."""
    done = subprocess.run(
        command, env={"PATH": os.environ["PATH"], **own}, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout
