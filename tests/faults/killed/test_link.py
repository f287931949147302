"""The link is cut at every frame of an apply and of a rollback, before it and in the middle of it.

Both ends are told no more than that it has ended. The controller says so, and no more than it knows;
the host sees to itself; and what the next `harden` finds is the truth. Proves F3 (docs/SAFETY.md).
"""

import shlex
import sys
from pathlib import Path
from typing import Any, NamedTuple

import needs
import pytest
from faults.killed import deaths
from faults.killed.desk import APPLY, Desks
from faults.killed.ground import Ground
from faults.killed.test_everywhere import proved

FEW = 5  # points of the shortened set
RELAY = Path(__file__).with_name("relay.py")
UNREACHABLE = 4


class Cut(NamedTuple):
    """At which frame, and does half of it arrive?"""

    at: int
    half: bool


class Link:
    """`harden` over a link that is cut."""

    def __init__(self, desks: Desks) -> None:
        self.desks = desks
        self.count = desks.ground.folder / "frames"
        self.python = desks.ground.folder / "python"

    def harden(self, template: str, cut: Cut, *words: str) -> Any:
        relay = [sys.executable, RELAY, cut.at, int(cut.half), self.count, sys.executable]
        line = " ".join(shlex.quote(str(word)) for word in relay)
        self.python.write_text(f'#!/bin/sh\nexec {line} "$@"\n')
        self.python.chmod(0o755)
        desk = self.desks.fresh(template)
        desk.link(self.python)
        done = desk.harden(*words)
        desk.at_rest()
        desk.link()
        return done

    def points(self, template: str, *words: str) -> list[Cut]:
        done = self.harden(template, Cut(0, False), *words)
        assert done.returncode == 0, done.stdout
        frames = range(1, int(self.count.read_text()) + 1)
        return deaths.some([Cut(at, half) for at in frames for half in (False, True)], FEW)

    def lost(self, template: str, cut: Cut, *words: str) -> bool:
        """Lose the link; tell if something stands on the host."""
        done = self.harden(template, cut, *words)
        assert done.returncode == UNREACHABLE, done.stdout
        assert "Traceback" not in done.stdout
        stands = self.desks.holds()
        said_so = "nothing was changed there" in done.stdout
        assert not said_so or stands == (template == "applied"), done.stdout
        return stands


@pytest.fixture(scope="module")
def link(ground: Ground) -> Link:
    needs.program("strace")
    return Link(Desks(ground))


def test_apply(link: Link, part: slice, tally: Any) -> None:
    def cut(number: int, at: Cut) -> None:
        link.desks.comes_back(stands=link.lost("begun", at, *APPLY))

    tally("cuts of a link", **proved(link.points("begun", *APPLY)[part], cut))


def test_rollback(link: Link, part: slice, tally: Any) -> None:
    def cut(number: int, at: Cut) -> None:
        link.lost("applied", at, "rollback")
        link.desks.comes_back_by_another_rollback()

    tally("cuts of a link", **proved(link.points("applied", "rollback")[part], cut))
