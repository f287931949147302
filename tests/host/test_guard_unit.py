"""The guard's unit is taken away whole, also by whoever comes after one that was killed at it."""

from pathlib import Path

import pytest
from killing import dying_at, in_child
from tree import lay, listing

from hardener.host.door.system import System
from hardener.host.guard import unit

TEXT = "Description=hardener: undo run run-001 unless it is confirmed\n" + unit.OURS
FOLDERS = {"/etc/systemd/system/x.service": "[Unit]\n", "/run/motd.d/10-x": "hello\n"}
ARMED = {unit.FILE: TEXT, unit.LINK: {"link": unit.FILE}, unit.MOTD: "run run-001\n"}


def disarm(root: Path, number: int = 0) -> bool:
    """Die at the Nth write; true if it came to its end."""
    return in_child(lambda: unit.disarm(System(str(root), dying_at(number)), "run-001"))


@pytest.mark.parametrize("only", [ARMED, {unit.FILE: TEXT}])
def test_killed_at_every_write(tmp_path: Path, only: dict[str, object]) -> None:
    lay(tmp_path / "before", FOLDERS)
    for number in range(1, 100):
        root = tmp_path / str(number)
        lay(root, {**FOLDERS, **only})
        if disarm(root, number):
            break
        assert disarm(root)
        assert listing(root) == listing(tmp_path / "before"), f"killed at write {number}"
    assert number > len(only)


def test_of_another_run_it_stays(tmp_path: Path) -> None:
    lay(tmp_path, {**FOLDERS, unit.FILE: TEXT.replace("run-001", "run-002")})
    before = listing(tmp_path)
    assert disarm(tmp_path)
    assert listing(tmp_path) == before
