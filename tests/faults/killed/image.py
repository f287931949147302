"""A disk whose power can be cut: a file system in a file, mounted, and copied as the device has it.

What was not synced is in the kernel's memory only, and so not in the copy. ext4 is told to write
contents when it likes (data=writeback) and to guess no fsync (noauto_da_alloc).
"""

import contextlib
import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

SIZE = "96M"
NUMBERS = itertools.count(1)
OPTIONS = "loop,data=writeback,noauto_da_alloc,commit=300"


def make(tree: Path, image: Path) -> None:
    """Make an image with all of a tree in it."""
    _run("truncate", "--size", SIZE, image)
    _run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1", image)
    with mounted(image) as root:
        (root / "lost+found").rmdir()
        _run("cp", "-a", "--sparse=never", f"{tree}/.", root)  # swap files must have no holes


@contextlib.contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """Mount an image beside itself."""
    root = image.with_suffix(".root")
    root.mkdir()
    _run("mount", "-o", OPTIONS, image, root)
    try:
        yield root
    finally:
        _run("umount", root)
        root.rmdir()


@contextlib.contextmanager
def copied(image: Path) -> Iterator[Path]:
    """Copy an image beside itself: as it is now, without a sync.

    Never twice under one name: a loop device that is not gone yet would be mounted again.
    """
    copy = image.with_name(f"{next(NUMBERS)}.img")
    _run("cp", "--sparse=always", image, copy)
    try:
        yield copy
    finally:
        copy.unlink()


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
