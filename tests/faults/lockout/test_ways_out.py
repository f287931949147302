"""Every way to lock oneself out that is known from the field, each on a real host.

Each ends with the way open again and the tree as it was: by the host itself, since the
controller can't get in. Proves F2, F3, F7, F8, F12, F14, F27, F28 (docs/SAFETY.md).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import LEFT_OUT, Command
from faults.lockout.steps import (
    DROP,
    FAILLOCK,
    FIREWALL,
    command,
    file,
    line,
    reload,
    sshd,
    with_shadow,
)
from lab.host import Host
from lab.session import Lab

Steps = list[dict[str, Any]]
GONE = {"state": "absent"}

# name: (who logs in, steps, handlers)
WAYS: dict[str, tuple[str, Steps, Steps]] = {
    "sshd refuses keys": ("root", sshd("PubkeyAuthentication no"), reload("ssh")),
    "AllowUsers without you": ("root", sshd("AllowUsers nobody"), reload("ssh")),
    "a user's group is denied": ("ops", sshd("DenyGroups ops"), reload("ssh")),
    "another port by mistake": ("root", sshd("Port 2222"), reload("ssh", "restarted")),
    "key exchange that we lack": (
        "root",
        sshd("KexAlgorithms sntrup761x25519-sha512@openssh.com"),
        reload("ssh"),
    ),
    "firewall drops ssh": ("root", [file("/etc/nftables.conf", DROP), *FIREWALL], []),
    "authorized key removed": (
        "root",
        [{"file": {"path": "/root/.ssh/authorized_keys", **GONE}}],
        [],
    ),
    "keys that anybody may write": (
        "ops",
        [{"file": {"path": "/home/ops", "state": "directory", "mode": "0777"}}],
        [],
    ),
    "sudo takes the rights away": (
        "ops",
        [file("/etc/sudoers.d/zz", "ops ALL=(ALL) !ALL\n", "0440")],
        [],
    ),
    "PAM denies": ("root", [line("/etc/pam.d/sshd", "account required pam_deny.so")], []),
    # One wrong password, whoever types it, shuts the account (pam_faillock(8)).
    "faillock": (
        "ops",
        [
            file("/etc/pam.d/sudo", FAILLOCK),
            command(
                "su ops -s /bin/sh -c 'echo wrong | sudo -S -k true' || true",
                undo="faillock --user ops --reset",
            ),
        ],
        [],
    ),
    "nologin for users": ("ops", [file("/etc/nologin", "closed\n")], []),
    "expired account": ("ops", with_shadow("chage -E 0 ops"), []),
    "broken shell": (
        "ops",
        [line("/etc/passwd", "ops:x:1000:1000::/home/ops:/bin/false", regexp="^ops:")],
        [],
    ),
    "sshd stopped": (
        "root",
        [{"service": {"name": "ssh", "running": False, "enabled": False}}],
        [],
    ),
    "address changed": (
        "root",
        [command("ip addr flush dev LINK", undo="ip addr add ADDRESS/16 dev LINK")],
        [],
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_way_is_open_again(
    way: str, lab: Lab, host: Host, tmp_path: Path, tally: Callable[..., None]
) -> None:
    user, steps, handlers = WAYS[way]
    harden = Command(lab, host, tmp_path, user)
    text = json.dumps(steps).replace("ADDRESS", host.address).replace("LINK", harden.interface())
    assert harden("facts").returncode == 0  # the code is there, sudo has been used
    before = host.hash(leave_out=LEFT_OUT)
    book = harden.playbook(*json.loads(text), handlers=handlers)
    # Most of these would be refused beforehand (test_ahead.py): here the guard is tried.
    done = harden("apply", str(book), "--confirm-within", "6", "--no-look-ahead")
    print(done.stdout, done.stderr)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the host has undone the run by itself" in done.stdout
    assert harden("facts").returncode == 0
    assert harden.difference(before) == ""
    tally("ways to lock oneself out", tried=1)
