"""A disk fills up at every moment: before a run, while it keeps, writes, and puts back.

Another program takes all blocks, or all inodes, in between two writes of ours, and holds
them to the end. See proof.py for what must hold then.
"""

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.disk.disks import empty, fill, small_disk, take_inodes
from faults.disk.proof import UNWELL, At, Host, check, comes_back, fresh, steps

HOW: dict[str, Callable[[Path], None]] = {"blocks": fill, "inodes": take_inodes}
PLAYS: dict[str, dict[str, Any]] = {"whole": {}, "failing": {"verify": [UNWELL]}}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "ext4", "-N", "256") as mounted:
        yield mounted


@pytest.mark.parametrize("play", PLAYS)
@pytest.mark.parametrize("how", HOW)
def test_everything_on_one_disk(disk: Path, how: str, play: str, tally: Any) -> None:
    """F21, F22: the state folder and what is changed lie on one disk, as on most hosts."""
    root = disk / "root"
    tally("places where the disk filled up", tried=everywhere(root, disk, how, play))


@pytest.mark.parametrize("which", ["state", "target"])
@pytest.mark.parametrize("how", HOW)
def test_disks_apart(tmp_path: Path, how: str, which: str, tally: Any) -> None:
    """F22: what is changed lies on a disk of its own, and one of the two fills up."""
    with (
        small_disk(tmp_path / "root", "ext4", "-N", "256") as root,
        small_disk(tmp_path / "data", "ext4", "-N", "128", at=root / "data") as data,
    ):
        full = {"state": root, "target": data}[which]
        tried = everywhere(root, full, how, "failing", every=2)
    tally("places where the disk filled up", tried=tried)


def everywhere(root: Path, disk: Path, how: str, play: str, every: int = 1) -> int:
    """Play once for each write of a run, and fill the disk just before it; return how many."""
    for tried, number in enumerate(range(1, 1000, every)):
        clean(root)
        before = fresh(root)
        filling = At(number, functools.partial(HOW[how], disk))
        host = Host(root, filling)
        status = host.play(*steps(), **PLAYS[play])
        if not filling.place:
            return tried
        fault = f"{how} taken at write {number}, {filling.place}"
        check(host, status, before, fault)
        empty(disk)
        comes_back(host, before, fault)
    raise AssertionError("it never came to its end")


def clean(root: Path) -> None:
    for name in ("etc", "srv", "var"):
        shutil.rmtree(root / name, ignore_errors=True)
    shutil.rmtree(root / "data", ignore_errors=True)
