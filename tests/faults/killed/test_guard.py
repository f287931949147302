"""The power is cut at each call by which the guard undoes a run; the run is killed while it arms it.

On a booted host. It goes on in the next boot, before sshd; test_live.py kills the guard alone.
Proves F1, F3, F19, F41 (docs/SAFETY.md).
"""

from pathlib import Path
from typing import Any

import needs
import pytest
from faults.killed.booted import SLOW, Booted
from faults.killed.calls import Call
from faults.killed.test_everywhere import proved
from faults.lockout.command import Command
from faults.lockout.steps import command, file, reload, sshd
from lab.host import Host
from lab.session import Lab

FEW = 2  # points of the shortened set
STEPS = [
    *sshd("MaxAuthTries 4"),
    file("/etc/other", "x\n"),
    command("touch /srv/made", touches=["/srv/made"]),
]


class Guarded(Booted):
    """A host to which a run is done that its guard undoes."""

    def apply(self, **play: Any) -> tuple[str, ...]:
        return "apply", str(self.harden.playbook(*STEPS, handlers=reload("ssh"), **play))

    def undone(self, options: list[str]) -> None:
        self.undoing(options, *self.apply())

    def armed(self, options: list[str]) -> None:
        """Look at the run itself, while it gets ready and begins."""
        book = self.apply(preflight=[SLOW])
        self.under_way(options, *book, "--confirm", "manual", "--confirm-within", "300")


@pytest.fixture
def guarded(lab: Lab, host: Host, tmp_path: Path) -> Guarded:
    needs.program("strace")
    return Guarded(Command(lab, host, tmp_path), tmp_path)


def test_while_it_undoes(guarded: Guarded, part: slice, tally: Any) -> None:
    def die(number: int, call: Call) -> None:
        guarded.die(guarded.undone, call)
        guarded.host.power_cycle()
        guarded.back()

    points = guarded.points(guarded.undone, FEW)[part]
    tally("power cuts while the guard undoes", **proved(points, die))


def test_while_it_is_armed(guarded: Guarded, part: slice, tally: Any) -> None:
    def die(number: int, call: Call) -> None:
        guarded.die(guarded.armed, call)
        guarded.ask_back()

    tally("kill points of a guarded run", **proved(guarded.points(guarded.armed, FEW)[part], die))
