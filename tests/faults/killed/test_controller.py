"""The controller is killed at each call by which it writes: its records, a word to a host or to people.

The host sees for itself that nobody listens any more, and the next `harden`, which knows no more
than what the dead one has kept, finds out what stands and puts it back. Proves F3, F38 (docs/SAFETY.md).
"""

from typing import Any

import needs
import pytest
from faults.killed import deaths, order
from faults.killed.desk import APPLY, Desks
from faults.killed.ground import Ground
from faults.killed.strace import Death
from faults.killed.test_everywhere import proved

FEW = 5  # points of the shortened set
RECORDS = "/hardener/controller"
GO = r"{\"go\":true}"  # as strace shows the frame


@pytest.fixture(scope="module")
def desks(ground: Ground) -> Desks:
    needs.program("strace")
    return Desks(ground)


def test_apply(desks: Desks, part: slice, tally: Any) -> None:
    def die(number: int, death: Death) -> None:
        desks.die("begun", death, *APPLY)
        desks.comes_back(stands=desks.holds())

    points = deaths.of_threads(desks.traces("begun", *APPLY), FEW)
    tally("kill points of a controller", **proved(points[part], die))


def test_rollback(desks: Desks, part: slice, tally: Any) -> None:
    def die(number: int, death: Death) -> None:
        desks.die("applied", death, "rollback")
        desks.holds()
        desks.comes_back_by_another_rollback()

    points = deaths.of_threads(desks.traces("applied", "rollback"), FEW)
    tally("kill points of a controller", **proved(points[part], die))


def test_a_run_is_noted_before_a_host_changes_anything(desks: Desks, tally: Any) -> None:
    """The record, and its name, are on the disk when the host is told to go on."""
    disk, told, noted = order.Disk(str(desks.desk.state)), False, False
    for call in order.calls(desks.traces("begun", *APPLY)):
        if told := GO in call.inside:
            break
        if call.changes and (paths := disk.paths(call)):
            disk.see(call, paths)
            noted |= any(path.startswith(RECORDS) for path in paths)
    assert told and noted, "the host was never told to go on, or no record was written"
    waits = [path for path in disk.files | disk.folders if path.startswith(RECORDS)]
    tally("records on the disk before a host is told to go on", tried=1, lost=len(waits))
