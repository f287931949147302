"""A disk takes nothing more in the middle of a run: read-only by hand, or because it fails.

Nothing can be put back then, so the run says what it leaves changed; as soon as the disk takes
writes again, either command puts back the rest.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.disk.disks import break_down, read_only, repair, run, small_disk, writable
from faults.disk.proof import UNWELL, At, Host, comes_back, finish, fresh, honest, steps
from faults.disk.test_full import clean

Change = Callable[[Path], None]


@pytest.mark.parametrize("first", [1, 2])
def test_a_disk_that_fails(tmp_path: Path, first: int, tally: Any) -> None:
    """F19, F22: the kernel finds an error and stops writing; what it had not written yet is lost."""
    with small_disk(tmp_path, "ext4", "-N", "256") as disk:
        tried = everywhere(disk / "root", disk, break_down, repair, range(first, 1000, 2))
    tally("places where a disk failed", tried=tried)


@pytest.mark.parametrize("first", [1, 2])
def test_a_disk_made_read_only(tmp_path: Path, first: int, tally: Any) -> None:
    """F19: what is changed lies on a disk of its own, which somebody remounts."""
    with (
        small_disk(tmp_path / "root", "ext4", "-N", "256") as root,
        small_disk(tmp_path / "data", "ext4", "-N", "128", at=root / "data") as data,
    ):
        tried = everywhere(root, data, read_only, writable, range(first, 1000, 2))
    tally("places where a disk became read-only", tried=tried)


def everywhere(root: Path, disk: Path, fault: Change, mend: Change, numbers: range) -> int:
    for tried, number in enumerate(numbers):
        clean(root)
        before = fresh(root)
        run("sync", "--file-system", str(root))
        breaking = At(number, functools.partial(fault, disk))
        host = Host(root, breaking)
        status = host.play(*steps(), verify=[UNWELL] if tried % 2 else [])
        if not breaking.place:
            return tried
        told = f"{fault.__name__} at write {number}, {breaking.place}, ended as {status}"
        honest(host, status, before, told)
        mend(disk)
        if tried % 3 or status == "changed":
            finish(host, told)
        comes_back(host, before, told)
    raise AssertionError("it never came to its end")
