"""Every call by which a run writes, answered by the kernel with an error (strace).

EIO, ENOSPC, EDQUOT and EROFS take turns. Mostly one call fails and the rest goes well: then the
run must put all back by itself, or say what it could not. Sometimes the calls of that name go
on failing: then nothing may be claimed that is not so.
"""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from faults.disk.disks import MEMORY
from faults.disk.injected import Call, calls, injected
from faults.disk.proof import UNWELL, Host, comes_back, finish, fresh, honest, steps
from faults.disk.test_full import clean

ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS")
SHARES = 2  # for two processes of pytest


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder in memory: with hundreds of runs, no fsync may wait for a disk."""
    folder = Path(tempfile.mkdtemp(prefix="hardener-errors-", dir=MEMORY))
    yield folder
    shutil.rmtree(folder)


def play(root: Path) -> dict[str, Any]:
    host = Host(root)
    return {"status": host.play(*steps(), verify=[UNWELL]), "events": host.events}


@pytest.mark.parametrize("share", range(SHARES))
def test_a_call_fails(ground: Path, share: int, tally: Any) -> None:
    """F19, F21, F22: each write, sync, rename… of a play and of its rollback fails once."""
    found = [call for number, call in enumerate(every(ground)) if number % SHARES == share]
    for call, error in zip(found, itertools.cycle(ERRORS)):
        one(ground, call._replace(error=error))
    tally("calls that failed by injection", tried=len(found))


def test_calls_go_on_failing(ground: Path, tally: Any) -> None:
    """F19: from some call on, all of its name fail."""
    found = every(ground)[:: len(ERRORS) + 3]
    for call, error in zip(found, itertools.cycle(ERRORS)):
        one(ground, call._replace(error=error, last=True))
    tally("calls that failed by injection", tried=len(found))


def every(ground: Path) -> list[Call]:
    needs.root()
    clean(ground / "root")
    fresh(ground / "root")
    return calls(lambda: play(ground / "root"), ground / "log")


def one(ground: Path, call: Call) -> None:
    root = ground / "root"
    clean(root)
    before = fresh(root)
    told = injected(lambda: play(root), ground / "log", call)
    assert isinstance(told, dict), f"{call}: {told}"
    host = Host(root)
    host._runs = 1
    host.events[:] = told["events"]
    fault = f"{call}, ended as {told['status']}"
    honest(host, told["status"], before, fault)
    if told["status"] == "partly rolled back":
        finish(host, fault)
    comes_back(host, before, fault)
