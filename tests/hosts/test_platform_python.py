"""A host as a minimal RHEL 8 has it: Python 3.6, and that as /usr/libexec/platform-python alone (D31)."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import needs
import pytest
from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab

PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
PLATFORM = "/usr/libexec/platform-python"


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    found = sorted(PYENV.glob("3.6.*/bin/python3.6"))
    if not found:
        needs.missing("needs a Python 3.6 of pyenv")

    def bring(root: Path) -> None:
        left = shutil.ignore_patterns(
            "test", "site-packages", "__pycache__", "*.a", "share", "include"
        )
        shutil.copytree(
            found[-1].parents[1], root / "usr/libexec/python36", symlinks=True, ignore=left
        )
        for library in found[-1].parents[1].glob("lib/libpython3.6*.so.*"):
            shutil.copy(library, root / "usr/lib")
        (root / PLATFORM[1:]).symlink_to("python36/bin/python3.6")
        for name in ("usr/bin", "usr/local/bin"):
            for path in (root / name).glob("python*"):
                path.unlink()

    return make_host(prepare=bring)


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    return Command(lab, host, tmp_path, user="ops")


def test_apply_guard_audit_and_undo(harden: Command, host: Host) -> None:
    """What confirms, and what undoes on the host itself, find that Python too."""
    assert host.sh("command -v python3 || echo none").strip() == "none"
    before = host.hash(leave_out=(r"/var/log/.*",))
    book = harden.playbook(
        {"file": {"path": "/etc/motd", "content": "on {{ facts.system.python }}\n"}},
        {"sysctl": {"name": "new", "values": {"kernel.dmesg_restrict": "1"}}},
        {"sshd": {"options": {"MaxAuthTries": 4}}},
    )
    done = harden("apply", str(book), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.read("/etc/motd").startswith("on 3.6.")
    done = harden("audit", str(book))
    assert done.returncode == 0, done.stdout + done.stderr
    host.sh("/var/lib/hardener/undo")
    assert harden.difference(before, but=(r"/var/log/.*",)) == ""
