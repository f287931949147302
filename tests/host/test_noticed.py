"""cron goes by the second of a folder's mtime: each name that is given or taken there shows in it."""

import time
from pathlib import Path

import pytest

from hardener.host.door.system import System

FOLDER = "etc/cron.d"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir(parents=True)
    return tmp_path / FOLDER


def test_each_name_that_is_given_or_taken_has_a_second_of_its_own(folder: Path) -> None:
    """cron may have looked in between any two of them, all within one second."""
    system = System(str(folder.parents[1]))
    seconds = [int(folder.stat().st_mtime)]
    system.lay_ahead({f"/{FOLDER}/ahead": (b"x", 0o644, 0, 0, ())})
    for change in (
        lambda: system.replace(f"/{FOLDER}/ahead", [b"x"], 0o644, 0, 0),
        lambda: system.replace(f"/{FOLDER}/one", [b"x"], 0o644, 0, 0),
        lambda: system.replace(f"/{FOLDER}/one", [b"y"], 0o644, 0, 0),
        lambda: system.rename(f"/{FOLDER}/one", f"/{FOLDER}/two"),
        lambda: system.symlink("two", f"/{FOLDER}/link", 0, 0),
        lambda: system.unlink(f"/{FOLDER}/two"),
    ):
        change()
        seconds.append(int(folder.stat().st_mtime))
    assert len(set(seconds)) == len(seconds)


def test_other_folders_keep_their_times(folder: Path) -> None:
    system = System(str(folder.parents[1]))
    system.replace("/etc/one", [b"x"], 0o644, 0, 0)
    assert folder.parent.stat().st_mtime_ns <= time.time_ns()
