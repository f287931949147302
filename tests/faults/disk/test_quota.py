"""A quota runs out, while the disk itself has room: a limit of btrfs, which binds root too."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from faults.disk.disks import empty, fill, run, small_disk
from faults.disk.proof import UNWELL, At, Host, check, comes_back, fresh, steps
from faults.disk.test_full import clean


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Path]:
    """A subvolume that may hold 16 MiB."""
    needs.root()
    needs.program("btrfs")
    with small_disk(tmp_path / "disk", "btrfs", size=200) as disk:
        run("btrfs", "quota", "enable", str(disk))
        run("btrfs", "subvolume", "create", str(disk / "part"))
        run("btrfs", "qgroup", "limit", "16M", str(disk / "part"))
        yield disk / "part"


def test_quota(limited: Path, tally: Any) -> None:
    """F22: EDQUOT at a write, a snapshot or a journal line puts the play back."""
    root = limited / "root"
    for tried, number in enumerate(range(1, 1000, 2)):
        clean(root)
        before = fresh(root)
        filling = At(number, functools.partial(fill, limited))
        host = Host(root, filling)
        status = host.play(*steps(), verify=[UNWELL])
        if not filling.place:
            tally("places where a quota was used up", tried=tried)
            return
        fault = f"the quota used up at write {number}, {filling.place}"
        check(host, status, before, fault)
        empty(limited)
        run("btrfs", "filesystem", "sync", str(limited))
        comes_back(host, before, fault)
    raise AssertionError("it never came to its end")
