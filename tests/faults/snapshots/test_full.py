"""A full disk is when room is made: a removal of snapshots needs none but the reserve's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults.disk.disks import empty, fill, small_disk
from faults.disk.proof import Host
from sandbox import step
from tree import OUR_STATE, lay

from hardener.host.record.store import Store


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Four runs on a disk of their own, which is full."""
    with small_disk(tmp_path) as disk:
        lay(disk, {"/etc/motd": "hello\n"})
        made = Host(disk)
        for number in range(4):
            content = f"{number}\n" * 200_000
            assert made.play(step("file", path="/etc/motd", content=content)) == "changed"
        fill(disk)
        yield made


def prune(host: Host) -> str:
    return host.say("prune", budget={"keep": 1})


def test_it_makes_room(host: Host, tally: Callable[..., None]) -> None:
    free = room(host)
    assert prune(host) == "changed", host.trouble()
    assert room(host) > free + 1_000_000
    assert Store(host.system).runs() == ["run-004"]
    assert host.rollback() == "rolled back", host.trouble()
    assert (host.root / "etc/motd").read_text() == "2\n" * 200_000
    tally("removals of snapshots on a full disk", tried=1)


def test_without_any_room_it_says_so_and_all_stays(host: Host, tally: Callable[..., None]) -> None:
    """Even the reserve is used up: not one line of history could be written."""
    for path in (host.root / OUR_STATE / "reserve").iterdir():
        path.unlink()
    fill(host.root)
    assert prune(host) == "error"
    assert "the disk is full" in host.events[-1]["what"]
    assert len(Store(host.system).runs()) == 4
    empty(host.root)
    assert prune(host) == "changed"
    assert Store(host.system).runs() == ["run-004"]
    tally("removals of snapshots on a full disk", tried=1)


def room(host: Host) -> int:
    disk = host.system.disk("/etc/-").now
    return int(disk.f_bavail * disk.f_frsize)
