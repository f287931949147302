"""Large files go through in constant memory, and share their blocks where the file system can."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import needs
import pytest
from faults.disk.disks import MEMORY, run, small_disk
from faults.odd.looks import look
from sandbox import Sandbox, step
from tree import lay

from hardener.host.door import layout

MIB = 1 << 20
ROOT = Path(__file__).resolve().parents[3]
CALLS = {
    "replaced": step("file", path="/odd/big", content="small\n"),
    "given a mode": step("file", path="/odd/big", mode="0600"),
    "removed": step("file", path="/odd/big", state="absent"),
}
#: The host's side as a process of its own, which ends with its peak of memory in KiB.
DRIVER = """
import json, sys, types
sys.path.insert(0, sys.argv[1])
from hardener.host import facts
from hardener.host.run.engine import Engine
from hardener.host.door.system import System
system, nobody, ended = System(sys.argv[2]), types.SimpleNamespace(resolve=None, judge=None), []
for number, step in enumerate(json.loads(sys.argv[3])):
    engine = Engine(system, facts.gather(system), lambda event: None, nobody)
    play = {"number": 1, "name": "play", "steps": [step]}
    ended.append(engine.play("run-%d" % number, play, False))
    ended.append(engine.rollback(None, "back-%d" % number, False, ()))
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")]
print(json.dumps([ended, peak[0]]))
"""


def big(path: Path, size: int) -> None:
    """A file of `size` MiB, every block of it written."""
    piece = bytes(range(1, 256)) * 4113
    with path.open("wb") as file:
        for number in range(size):
            file.write(b"%08d" % number + piece[: MIB - 8])


def peak(root: Path) -> int:
    """Apply and roll back in a process of its own; return the peak of its memory in MiB."""
    argv = [sys.executable, "-c", DRIVER, str(ROOT), str(root), json.dumps(list(CALLS.values()))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    ended, kibibytes = json.loads(done.stdout)
    assert ended == ["changed", "rolled back"] * len(CALLS), done.stdout
    return int(kibibytes) // 1024


def test_memory_does_not_grow_with_the_file(tally: Any) -> None:
    needs.root()
    peaks = {}
    for size in (2, 28):
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            root = Path(folder)
            lay(root, {"/odd": {"directory": True}})
            big(root / "odd/big", size)
            before = look(root)
            peaks[size] = peak(root)
            assert look(root) == before
    assert peaks[28] < peaks[2] + 12, peaks
    tally("changes of large files in constant memory", tried=len(CALLS))


def test_a_gigabyte_needs_no_more(tmp_path: Path, tally: Any) -> None:
    """Most of it is holes, so that the disk need not hold it; all of it is read."""
    needs.root()
    lay(tmp_path, {"/odd": {"directory": True}})
    with (tmp_path / "odd/big").open("wb") as file:
        file.write(b"begin")
        file.seek((1 << 30) - 3)
        file.write(b"end")
    before = look(tmp_path)
    assert peak(tmp_path) < 64
    assert look(tmp_path) == before
    tally("changes of large files in constant memory", tried=len(CALLS))


@pytest.mark.parametrize("kind", ["btrfs", "xfs"])
def test_blocks_are_shared(tmp_path: Path, kind: str, tally: Any) -> None:
    needs.program(f"mkfs.{kind}")
    with small_disk(tmp_path, kind, size=400) as disk:
        root = disk / "root"
        lay(root, {"/odd": {"directory": True}})
        big(root / "odd/big", 20)
        before, used = look(root), in_use(disk)
        host = Sandbox(root)
        for call in CALLS.values():
            assert host.play(call) == "changed", host.errors()
            assert host.rollback() == "rolled back", host.events
            assert look(root) == before
        assert in_use(disk) < used + 14 * MIB
    tally("large files that share their blocks with their snapshots", tried=len(CALLS))


def test_a_sparse_file_that_is_larger_than_its_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path, "ext4", size=40) as disk:
        root = disk / "root"
        lay(root, {"/odd": {"directory": True}})
        with (root / "odd/big").open("wb") as file:
            file.write(b"start")
            file.truncate(60 * MIB)
        before, host = look(root), Sandbox(root)
        assert host.play(CALLS["removed"]) == "changed", host.errors()
        assert host.rollback() == "rolled back", host.events
        assert look(root) == before


def test_swap_shares_nothing(tmp_path: Path) -> None:
    """swapon(8) would refuse it after that."""
    with small_disk(tmp_path, "xfs", size=400) as disk:
        root = disk / "root"
        lay(root, {"/odd": {"directory": True}})
        big(root / "odd/big", 4)
        run("mkswap", str(root / "odd/big"))
        host = Sandbox(root)
        assert host.play(CALLS["given a mode"]) == "changed", host.errors()
        assert not flags(root / "odd/big") & SHARED
        assert host.rollback() == "rolled back", host.events
        assert not flags(root / "odd/big") & SHARED


SHARED = 0x2000  # linux/fiemap.h


def flags(path: Path) -> int:
    run("sync", str(path))
    with path.open("rb") as file:
        return layout.of(file.fileno()).flags


def in_use(disk: Path) -> int:
    run("sync", "--file-system", str(disk))
    return int(run("df", "--output=used", "-B1", str(disk)).split()[-1])
