"""Swap files on real file systems of this machine: loop mounts, the real mkswap, swapon, swapoff."""

import contextlib
import fcntl
import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import needs
import pytest
from tree import lay

from hardener.host.door.system import System
from hardener.host.errors import Refused
from hardener.host.kinds import Kinds
from hardener.host.kinds.swapfile import ABSENT, SwapfileKind, SwapState
from hardener.host.record.store import Store
from hardener.host.run.view import View
from hardener.host.steps import swapfile
from hardener.host.swap import active, header, place

UUID = "01234567-89ab-4cde-8f01-23456789abcd"
MAKE = {"ext4": ["mkfs.ext4", "-q"], "btrfs": ["mkfs.btrfs", "-q"], "xfs": ["mkfs.xfs", "-q"]}
MIB = 1 << 20
MADV_PAGEOUT = 21  # madvise(2); Python has no name for it


class Killed(BaseException):
    """Death at one of the calls that change something."""


def run(*argv: Any) -> str:
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def turn() -> Iterator[None]:
    """Swap is the machine's: the tests with it take turns."""
    needs.root()
    with Path("/var/lock/hardener-swap-tests").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def mounted(folder: Path, type: str, size: int = 512) -> Iterator[Path]:
    """A file system of its own in an image; all swap on it is off at the end."""
    needs.program(MAKE[type][0])
    image, point = folder / f"{type}.img", folder / type
    run("truncate", "-s", f"{size}M", image)
    run(*MAKE[type], image)
    point.mkdir()
    if subprocess.run(["mount", "-o", "loop", image, point], check=False).returncode:
        needs.missing(f"the kernel mounts no {type}")
    try:
        yield point
    finally:
        for area in active.areas(System("/")):
            if area.path.startswith(f"{point}/"):
                run("swapoff", area.path)
        run("umount", point)


@pytest.fixture(params=sorted(MAKE))
def disk(turn: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    with mounted(tmp_path, request.param) as point:
        yield point


@pytest.fixture
def ext4(turn: None, tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path, "ext4") as point:
        yield point


def kind(tmp_path: Path, watch: Any = None) -> SwapfileKind:
    system = System("/", watch)
    found = Kinds(system, Store(system, str(tmp_path / "state")))["swapfile"]
    assert isinstance(found, SwapfileKind)
    return found


def wanted(mib: int, **more: Any) -> SwapState:
    more = {"uuid": UUID, "active": True, "priority": 5, **more}
    return SwapState("swap", mib * MIB, 0o600, 0, 0, **more)


def view(swap: SwapfileKind) -> View:
    return View(Kinds(swap.system, swap.store), {})


def make(swap: SwapfileKind, path: Path, after: SwapState) -> None:
    before = swap.read([str(path)])[str(path)]
    swap.check(str(path), before, after, view(swap))
    swap.write(str(path), before, after)
    assert swap.read([str(path)])[str(path)] == after


def others(folder: Path) -> list[str]:
    """Names on the disk that are not the file system's own."""
    return sorted(p.name for p in folder.iterdir() if p.name != "lost+found")


def test_every_kind_of_disk(disk: Path, tmp_path: Path) -> None:
    swap, path = kind(tmp_path), disk / "swap file"
    make(swap, path, wanted(32, label="spare"))
    area = active.find(System("/"), str(path))
    assert area and (area.size, area.priority) == (32 * MIB - header.PAGE, 5)
    make(swap, path, wanted(48, label="spare", priority=9))
    make(swap, path, wanted(48, label="spare", priority=9)._replace(mode=0o400))
    make(swap, path, wanted(48, label="spare", active=False, priority=None))
    make(swap, path, wanted(48, label="spare", priority=None, discard="once"))
    make(swap, path, ABSENT)
    assert others(disk) == []


def test_our_signature_is_that_of_mkswap(tmp_path: Path) -> None:
    needs.program("mkswap")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    size = 64 * header.PAGE
    for file in (ours, theirs):
        file.write_bytes(bytes(size))
    run("mkswap", "-q", "-U", UUID, "-L", "a name", theirs)
    tree = System(str(tmp_path))
    tree.overwrite_start("/ours", header.first_page(header.Header(64, UUID, "a name")))
    assert ours.read_bytes() == theirs.read_bytes()
    assert header.parse(theirs.read_bytes()[: header.PAGE]) == header.Header(64, UUID, "a name")


@pytest.mark.parametrize("spoil", ["holes", "blank", "cut"])
def test_a_file_that_is_no_swap_yet_is_made_anew(ext4: Path, tmp_path: Path, spoil: str) -> None:
    swap, path = kind(tmp_path), ext4 / "s"
    if spoil == "blank":
        path.write_bytes(bytes(MIB))
    elif spoil == "holes":
        run("truncate", "-s", "32M", path)
        run("mkswap", "-q", path)
    else:
        path.write_bytes(bytes(2 * MIB))
        run("mkswap", "-q", path)
        run("truncate", "-s", "1M", path)
    assert swap.read([str(path)])[str(path)].form == "blank"
    make(swap, path, wanted(32))


def test_an_image_that_begins_with_zeros_is_somebodys(ext4: Path, tmp_path: Path) -> None:
    """ISO 9660 and btrfs keep their first 32 and 64 KiB free: to take one for an empty file is to lose it."""
    swap, path = kind(tmp_path), ext4 / "backup.iso"
    path.write_bytes(bytes(2 * MIB) + b"CD001" + bytes(MIB))
    assert swap.read([str(path)])[str(path)].form == "other"
    path.write_bytes(bytes(3 * MIB))
    assert swap.read([str(path)])[str(path)].form == "blank"


@pytest.mark.parametrize(
    ("options", "known"),
    [("sw,discard=once", "once"), ("discard,pri=3", "all"), ("sw", ""), ("discard=x", "")],
)
def test_how_it_is_discarded_is_what_fstab_says(tmp_path: Path, options: str, known: str) -> None:
    lay(tmp_path, {"/etc/fstab": f"/s none swap {options} 0 0\n", "/s": "some"})
    system = System(str(tmp_path))
    view = View(Kinds(system, Store(system)), {"memory": {"total": 0}})
    asked = SimpleNamespace(size="1M", mode="0600", label=None, discard=None)
    assert swapfile.wanted(asked, "/s", None, view).discard == known
    asked.discard = "none"
    assert swapfile.wanted(asked, "/s", None, view).discard == ""


@pytest.mark.parametrize(("type", "spoil"), [("btrfs", "copied on write"), ("xfs", "shared")])
def test_a_file_with_blocks_that_swapon_refuses_is_made_anew(
    turn: None, tmp_path: Path, type: str, spoil: str
) -> None:
    with mounted(tmp_path, type) as disk:
        path = disk / "s"
        path.write_bytes(bytes(32 * MIB))
        path.chmod(0o600)
        run("mkswap", "-q", "-U", UUID, path)
        if spoil == "shared":
            run("cp", "--reflink=always", path, disk / "copy")
        run("sync", "-f", path)
        refused = subprocess.run(["swapon", path], capture_output=True, check=False)
        assert refused.returncode, "this kernel takes such a file: what is it tested for?"
        swap = kind(tmp_path)
        before = swap.read([str(path)])[str(path)]
        assert "- area: none that works" in swap.diff(str(path), before, wanted(32))
        make(swap, path, wanted(32))


@pytest.mark.parametrize("before", ["nothing", "smaller", "larger", "off"])
@pytest.mark.parametrize("after", ["swap", "nothing"])
def test_killed_at_every_write(ext4: Path, tmp_path: Path, before: str, after: str) -> None:
    """Killed at the nth call, rollback brings back what was, and nothing is left beside it."""
    path, id = ext4 / "s", str(ext4 / "s")
    states = {
        "nothing": ABSENT,
        "smaller": wanted(16),
        "larger": wanted(40, label="old"),
        "off": wanted(32, active=False, priority=None),
        "swap": wanted(32),
    }
    if before == after:
        return
    old, new = states[before], states[after]
    for at in range(1, 20):
        make(kind(tmp_path), path, old)
        calls = iter(range(1, 100))

        def die(operation: str, where: str, at: int = at, calls: Iterator[int] = calls) -> None:
            if next(calls) == at:
                raise Killed

        try:
            kind(tmp_path, die).write(id, old, new)
        except Killed:
            undo(kind(tmp_path), id, old, new)
        else:
            undo(kind(tmp_path), id, old, new)
            assert at > 1
            return
    pytest.fail("it never came to its end")


def undo(swap: SwapfileKind, id: str, old: SwapState, new: SwapState) -> None:
    """What a rollback does."""
    now = swap.read([id])[id]
    target = old if now in (old, new) else swap.merge(id, old, new, now)
    assert target == old
    if now != old:
        swap.write(id, now, old)
    assert swap.read([id])[id] == old
    assert others(Path(id).parent) == (["s"] if old.exists else [])


def test_a_half_written_file_is_no_conflict(ext4: Path, tmp_path: Path) -> None:
    swap, path = kind(tmp_path), ext4 / "s"
    (ext4 / "s.hardener-new").write_bytes(bytes(MIB))
    undo(swap, str(path), ABSENT, wanted(32))


def test_another_priority_since_is_a_conflict(ext4: Path, tmp_path: Path) -> None:
    swap, path = kind(tmp_path), ext4 / "s"
    make(swap, path, wanted(32, priority=7))
    now = swap.read([str(path)])[str(path)]
    assert swap.merge(str(path), wanted(32, priority=1), wanted(32, priority=2), now) is None


def test_where_memory_is_short_a_second_file_holds_what_is_swapped_out(
    ext4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ext4 / "s"
    make(kind(tmp_path), path, wanted(32))
    monkeypatch.setattr(active, "room_without", lambda system, area: -1)
    seen = []

    def watch(operation: str, name: str) -> None:
        ours = [
            Path(a.path).name for a in active.areas(System("/")) if a.path.startswith(f"{ext4}/")
        ]
        seen.append((operation, name, sorted(ours)))

    make(kind(tmp_path, watch), path, wanted(48))
    assert others(ext4) == ["s"]
    first = next(i for i, event in enumerate(seen) if event[:2] == ("run", "swapon"))
    assert all(names for _, _, names in seen[first + 1 :])
    assert ["s.hardener-bridge"] in [names for _, _, names in seen]
    with pytest.raises(Refused, match="memory can't take over"):
        make(kind(tmp_path), path, ABSENT)


def test_the_second_file_must_fit_too(
    ext4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ext4 / "s"
    make(kind(tmp_path), path, wanted(240, priority=1))
    monkeypatch.setattr(active, "room_without", lambda system, area: -1)
    with pytest.raises(Refused, match="240 MiB and a reserve"):
        make(kind(tmp_path), path, wanted(240, priority=2))
    area = active.find(System("/"), str(path))
    assert area and area.priority == 1


def page_out(mib: int) -> mmap.mmap:
    """Have that much memory of our own in swap, until what is returned is closed."""
    memory = mmap.mmap(-1, mib * MIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.write(os.urandom(mib * MIB))
    memory.madvise(MADV_PAGEOUT)
    return memory


@pytest.mark.parametrize(("mib", "fits"), [(48, True), (16, False)])
def test_what_is_swapped_out_must_fit_into_a_smaller_file(
    ext4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mib: int, fits: bool
) -> None:
    path = ext4 / "s"
    make(kind(tmp_path), path, wanted(64))
    monkeypatch.setattr(active, "room_without", lambda system, area: MIB)
    with page_out(40) as memory:
        was = bytes(memory[: 8 * MIB])
        memory.madvise(MADV_PAGEOUT)
        area = active.find(System("/"), str(path))
        assert area and area.used > 32 * MIB
        if fits:
            make(kind(tmp_path), path, wanted(mib))
            assert others(ext4) == ["s"]
        else:
            with pytest.raises(Refused, match="memory can't take over"):
                make(kind(tmp_path), path, wanted(mib))
            assert active.find(System("/"), str(path))
        assert bytes(memory[: 8 * MIB]) == was


def test_compressed_memory_takes_nothing_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A swap area in zram is memory itself."""
    area = active.Area("/s", 64 * MIB, 32 * MIB, -2)
    room = []
    for other in ("/dev/zram0", "/dev/vdb"):
        found = [area, active.Area(other, 1 << 40, 0, 100)]
        monkeypatch.setattr(active, "areas", lambda system, found=found: found)
        room.append(active.room_without(System("/"), area))
    assert room[1] - room[0] > 1 << 39


def test_too_full_is_refused_first(ext4: Path, tmp_path: Path) -> None:
    with pytest.raises(
        Refused, match="the disk is too full for this swap: 4.. MiB are free, 600 MiB"
    ):
        make(kind(tmp_path), ext4 / "s", wanted(600))
    assert others(ext4) == []


@pytest.mark.parametrize(
    ("confined", "message"),
    [
        (["unshare", "--user", "--map-root-user"], "only the machine that runs this container"),
        (["setpriv", "--bounding-set=-sys_admin"], "CAP_SYS_ADMIN"),
        ([], "may"),
    ],
    ids=["users of its own", "without the capability", "not confined"],
)
def test_where_swapon_may_not_be_used(confined: list[str], message: str) -> None:
    needs.root()
    needs.program(*confined[:1])
    code = """
from hardener.host.errors import StepError
from hardener.host.swap import place
from hardener.host.door.system import System
try:
    place.check_allowed(System("/"))
    print("may")
except StepError as refused:
    print(refused.what, refused.why)
"""
    assert message in run(*confined, sys.executable, "-c", code)


@pytest.mark.parametrize("type", ["tmpfs", "overlay"])
def test_file_systems_that_take_no_swap(turn: None, tmp_path: Path, type: str) -> None:
    point = tmp_path / "point"
    for name in ("point", "lower", "upper", "work"):
        (tmp_path / name).mkdir()
    options = {
        "tmpfs": "size=1M",
        "overlay": f"lowerdir={tmp_path}/lower,upperdir={tmp_path}/upper,workdir={tmp_path}/work",
    }
    run("mount", "-t", type, type, "-o", options[type], point)
    try:
        with pytest.raises(Refused, match=f"swap files do not work on {type}"):
            place.check(System("/"), str(point / "s"), view(kind(tmp_path)))
    finally:
        run("umount", point)


def test_btrfs_of_two_disks_is_refused(turn: None, tmp_path: Path) -> None:
    needs.program("mkfs.btrfs")
    point, loops = tmp_path / "point", []
    point.mkdir()
    try:
        for name in "ab":
            run("truncate", "-s", "128M", tmp_path / name)
            loops.append(run("losetup", "--find", "--show", tmp_path / name).strip())
        run("mkfs.btrfs", "-q", *loops)
        run("mount", loops[0], point)
        try:
            with pytest.raises(Refused, match="btrfs of 2 devices"):
                place.check(System("/"), str(point / "s"), view(kind(tmp_path)))
        finally:
            run("umount", point)
    finally:
        for loop in loops:
            run("losetup", "-d", loop)
