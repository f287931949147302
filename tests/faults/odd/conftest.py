"""A small ext4 of its own for each test, with a host in a folder of it."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import needs
import pytest
from faults.disk.disks import small_disk
from sandbox import Sandbox
from tree import lay


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    needs.program("chattr", "setfacl", "setcap", "lsattr")
    with small_disk(tmp_path_factory.mktemp("odd"), "ext4", size=256) as disk:
        yield disk


@contextlib.contextmanager
def fresh(disk: Path, make: Callable[[Path], None] | None = None) -> Iterator[Sandbox]:
    """A host with `/odd/it`, if `make` makes it; gone in the end."""
    root = Path(tempfile.mkdtemp(dir=disk))
    root.chmod(0o755)
    lay(root, {"/odd": {"directory": True}})
    if make:
        make(root / "odd/it")
    try:
        yield Sandbox(root)
    finally:
        subprocess.run(["chattr", "-R", "-f", "-ia", str(root)], check=False)
        shutil.rmtree(os.fsencode(root))


@pytest.fixture
def host(disk: Path) -> Iterator[Sandbox]:
    with fresh(disk) as host:
        yield host
