"""The check of room on a disk: on this machine, and on a small one of our own."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest
from checks.asking import ask


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Eight MiB of ext4 with room for 16 inodes, half of it kept for root."""
    needs.root()
    needs.program("mkfs.ext4", "mount")
    image, place = tmp_path / "image", tmp_path / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(8 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "50", "-N", "16", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


def test_this_machine(tmp_path: Path) -> None:
    assert ask("disk", path=str(tmp_path), free="1K", inodes=1) is None
    assert "free, not 9000T" in str(ask("disk", path=str(tmp_path), free="9000T"))


def test_what_is_kept_for_root_is_not_free(disk: Path) -> None:
    assert ask("disk", path=str(disk), free="1M") is None
    assert ask("disk", path=str(disk), free="10%") is None
    assert "free, not 60%" in str(ask("disk", path=str(disk), free="60%"))
    assert "free, not 5M" in str(ask("disk", path=str(disk), free="5M"))


def test_inodes_run_out_first(disk: Path) -> None:
    assert ask("disk", path=str(disk), free="1M", inodes=2) is None
    number = 0
    while ask("disk", path=str(disk), inodes=2) is None:
        (disk / str(number)).touch()
        number += 1
    trouble = ask("disk", path=str(disk), free="1M", inodes=2)
    assert trouble == f"{disk} has 1 of 16 inodes free, not 2"
    assert "of 16 inodes free, not 50%" in str(ask("disk", path=str(disk), inodes="50%"))
    assert number > 0


def test_no_such_place() -> None:
    assert ask("disk", path="/nonesuch", free="1K") == (
        "[Errno 2] No such file or directory: '/nonesuch'"
    )
