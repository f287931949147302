"""Killed while swap is made, switched on and off: what the kernel swaps to is as before, and so is fstab.

On a booted host, by its own mkswap, swapon and swapoff. The engine dies; a program that it has
started goes on. Proves F14 (docs/SAFETY.md).
"""

from pathlib import Path
from typing import Any

import needs
import pytest
from faults.killed.booted import SLOW, Booted
from faults.killed.calls import Call
from faults.killed.test_everywhere import proved
from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab
from lab.treehash import VOLATILE

FEW = 6  # points of the shortened set
NAMES = ("vm.swappiness", "vm.vfs_cache_pressure")
STEPS: list[dict[str, Any]] = [
    {"swapfile": {"path": "/old", "size": "4M", "priority": 4}},  # another size
    {"swapfile": {"path": "/swapfile", "size": "4M", "priority": 5, "swappiness": 11}},
    {"swapfile": {"path": "/gone", "state": "absent"}},
]
#: The kernel gives devices of a host's disk names of its own, so only the ends of paths are looked at.
LOOK = f"""sed -n 's/ .*file//; 2,$p' /proc/swaps | awk '{{n = split($1, path, "/"); print path[n], $2, $4}}' | sort
sysctl {" ".join(NAMES)}
"""


@pytest.fixture
def live(lab: Lab, swap_host: Host, tmp_path: Path) -> Booted:
    needs.program("strace")
    for number, path in enumerate(("/old", "/gone"), 1):
        swap_host.sh(f"dd if=/dev/zero of={path} bs=1M count=2 status=none; chmod 600 {path}")
        swap_host.sh(f"mkswap {path}; swapon -p {number} {path}")
        swap_host.sh(f"echo '{path} none swap sw,pri={number} 0 0' >> /etc/fstab")
    return Booted(Command(lab, swap_host, tmp_path), tmp_path, lambda: swap_host.sh(LOOK), VOLATILE)


def test_apply(live: Booted, part: slice, tally: Any) -> None:
    book = str(live.harden.playbook(*STEPS))
    done = live.harden("apply", book)
    assert done.returncode == 0, done.stdout + done.stderr
    assert swapped(live.host.sh(LOOK)) == {("old", "4092"), ("swapfile", "4092")}
    live.ask_back()
    assert swapped(live.before[1]) == {("old", "2044"), ("gone", "2044")}

    def apply(options: list[str]) -> None:
        slow = str(live.harden.playbook(*STEPS, preflight=[SLOW]))
        live.under_way(options, "apply", slow, "--confirm", "off")

    def die(number: int, call: Call) -> None:
        live.die(apply, call)
        live.ask_back()

    tally("kill points while swap changes", **proved(live.points(apply, FEW)[part], die))


def swapped(shown: str) -> set[tuple[str, str]]:
    """Return name and KiB of each swap file."""
    rows = (line.split() for line in shown.splitlines())
    return {(row[0], row[1]) for row in rows if len(row) == 3 and row[1].isdigit()}
