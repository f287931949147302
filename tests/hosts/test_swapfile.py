"""Swap files on a booted host whose root takes them, by the real mkswap, swapon and systemd."""

from typing import Any

import pytest
from inside import Inside
from sandbox import step

FSTAB = "# kept\n/swap2   none   swap   sw,pri=3   0   0\n"


@pytest.fixture
def inside(swap_host: Any) -> Inside:
    swap_host.write("/etc/fstab", FSTAB)
    return Inside(swap_host)


def swaps(inside: Inside) -> list[str]:
    """Sizes in MiB and priorities of what the host uses (names are the machine's)."""
    shown = inside.host.sh("tail -n +2 /proc/swaps")
    fields = [line.split() for line in shown.splitlines() if "swapfile" in line]
    return [f"{(int(f[2]) + 4) >> 10} {f[4]}" for f in fields]


def test_made_used_resized_removed_and_back(inside: Inside) -> None:
    host = inside.host
    sysctl = ("vm.swappiness", "vm.vfs_cache_pressure")
    before, numbers = host.hash(), [host.sh(f"sysctl -n {key}") for key in sysctl]
    first = step(
        "swapfile", path="/swapfile", size="64M", priority=10, swappiness=11, vfs_cache_pressure=51
    )
    predicted = inside.foretold(first)
    assert swaps(inside) == ["64 10"]
    assert host.read("/etc/fstab") == FSTAB + "/swapfile none  swap   sw,pri=10  0   0\n"
    assert [host.sh(f"sysctl -n {key}") for key in sysctl] == ["11\n", "51\n"]
    # In a container systemd makes no swap units (systemd-fstab-generator(8)), so no more can be seen.
    assert "change daemon_reload:systemd" in predicted
    uuid = host.sh("blkid -s UUID -o value /swapfile")
    assert inside.play(first) == "ok", inside.events

    second = step("swapfile", path="/swapfile", size="96M", priority=20)
    assert inside.play(second) == "changed", inside.errors()
    assert swaps(inside) == ["96 20"]
    assert host.sh("blkid -s UUID -o value /swapfile") == uuid

    assert inside.play(step("swapfile", path="/swapfile", state="absent")) == "changed", (
        inside.errors()
    )
    assert swaps(inside) == [] and not host.exists("/swapfile")
    assert host.read("/etc/fstab") == FSTAB

    assert inside.rollback() == "rolled back", inside.events
    assert swaps(inside) == ["96 20"]
    assert inside.rollback() == "rolled back", inside.events
    assert swaps(inside) == ["64 10"]
    assert host.sh("blkid -s UUID -o value /swapfile") == uuid
    assert inside.rollback() == "rolled back", inside.events
    assert swaps(inside) == []
    assert [host.sh(f"sysctl -n {key}") for key in sysctl] == numbers
    after = host.hash()
    ours = ("var/lib/hardener", "var/log", "etc/machine-id")
    changed = {p for p in set(before) | set(after) if before.get(p) != after.get(p)}
    assert not {path for path in changed if not path.lstrip("/").startswith(ours)}


def test_on_after_a_reboot(inside: Inside) -> None:
    assert inside.play(step("swapfile", path="/swapfile", size="32M", priority=7)) == "changed"
    inside.host.reboot()
    assert swaps(inside) == ["32 7"]
    inside.send_code()
    assert inside.play(step("swapfile", path="/swapfile", size="32M", priority=7)) == "ok", (
        inside.events
    )


def test_a_place_without_swap_is_refused_before_anything_is_written(inside: Inside) -> None:
    assert inside.play(step("swapfile", path="/run/swapfile", size="32M")) == "refused"
    assert "swap files do not work on tmpfs" in inside.errors()
    assert inside.play(step("swapfile", path="/dev/shm/swapfile", size="32M")) == "refused"
    assert "others than root may write to the folder" in inside.errors()
    assert inside.host.read("/etc/fstab") == FSTAB
