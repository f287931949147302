"""What one host does for the play of another (`delegate_to`): a play there, whose steps come one by one.

Two threads meet here. That of the host where it is done waits in `answer` and `agree`, which its
engine asks; that of the host for whom it is done waits in `do`, `planned`, `begin`, `finish` and `end`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from hardener.errors import HardenerError
from hardener.fleet.elsewhere.once import APPLY, PREVIEW
from hardener.fleet.outcome import GOOD

if TYPE_CHECKING:
    from hardener.fleet.compose.composer import Composer
    from hardener.fleet.elsewhere.once import Once

T = TypeVar("T")
ENDED = {
    "refused": "refused its part",
    "rolled back": "failed, and put its part back",
    "partly rolled back": "failed, and put its part back, but not all of it",
    "unreachable": "become unreachable",
}
HANDLERS = "handlers"  # what is agreed on between the last step and the checks
FINE = GOOD | {"unconfirmed"}
Step = Mapping[str, Any]
PART = 0  # the number of the one part of such a play: the steps that come


class Errand:
    """One host's part in the play of `composer.host`; what that play knows, its composer answers."""

    once: Once | None = None

    def __init__(self, name: str, composer: Composer) -> None:
        self.name = name
        self.composer = composer
        self.steps: Mapping[int, Any] = {PART: None, **composer.steps}
        self.status = ""  # once it has ended
        self.number = 0  # of the play
        self.todo = False  # has the preview found something to do?
        self._asks = ""  # the stage in which a step is waited for
        self._next: list[Step] | None = None  # what is to be done there; [] at the end of a stage
        self._told: Mapping[str, Any] = {}  # what came of the newest step
        self._seen: deque[list[Step]] = deque()  # those of the preview, for the second one
        self._planned = False
        self._go: bool | None = None
        self._done = False  # are all steps, and the handlers?
        self._end: bool | None = None
        self.idle = False  # is it past its preview, and nothing was done yet?
        self._why: HardenerError | None = None  # for which the other host has given up
        self._ended = ""  # why
        self._turn = threading.Condition()

    # as the composer of the host where it is done

    def answer(self, number: int, stage: str, results: Mapping[str, Any]) -> list[Step]:
        """Wait for the next step; none at the end."""
        if stage not in (PREVIEW, APPLY, "audit"):
            return self._seen.popleft() if self._seen else []
        with self._turn:
            self._told, self._asks = results.get("told", {}), stage
            steps = self._given(lambda: self._next)
            self._next = None
            if stage == PREVIEW and steps:
                self._seen.append(steps)
            return steps

    def agree(self, stage: str, todo: bool) -> bool:
        """Wait for whether anything is done at all; when it is, with its handlers, until it may end."""
        if stage == HANDLERS:
            return True
        with self._turn:
            if stage == APPLY:
                self._done = True
                return self._given(lambda: self._end)
            self._planned, self.todo = True, todo
            return self._given(lambda: self._go)

    def judge(self, number: int, result: Mapping[str, Any]) -> dict[str, Any]:
        return self.composer.judge(number, result)

    def pace(self, number: int) -> None:
        """Go on at once: whoever sends the steps is paced."""

    def confirm_via(self) -> dict[str, Any]:
        return {}

    def over(self, status: str, why: str) -> None:
        """Nothing more will come of it."""
        with self._turn:
            self.status, self._ended = status or "failed", why
            self._turn.notify_all()

    def _given(self, what: Callable[[], T | None]) -> T:
        """Wait until the other thread has given this, or has given up."""
        self._turn.notify_all()
        self._turn.wait_for(lambda: what() is not None or self._why)
        found = what()
        if self._why or found is None:
            raise self._why or HardenerError("nobody waits for this")
        return found

    # as the host for whom it is done sees it

    def do(self, step: Step, stage: str) -> Mapping[str, Any]:
        """Have a step done; return its result as `register` keeps it."""
        with self._turn:
            self._wait(lambda: self._asks == stage)
            self.idle = False
            self._give([step])
            self._wait(lambda: self._asks == stage)
            return self._told

    def planned(self) -> None:
        """Let the preview come to its end; HardenerError where it refuses what it was asked for."""
        with self._turn:
            self._wait(lambda: self._asks == PREVIEW)
            self._give([])
            self._wait(lambda: self._planned)

    def begin(self, go: bool) -> None:
        """Say whether anything is done at all, and wait until it can be: the guard is armed."""
        with self._turn:
            self._go = self.idle = go
            self._turn.notify_all()
            self._wait(lambda: self._asks == APPLY or self.status in FINE)

    def finish(self) -> None:
        """Let no more steps come, and the handlers run; HardenerError where that fails."""
        with self._turn:
            if not self.status:
                self._give([])
            self._wait(lambda: self._done or self.status in FINE)

    def end(self) -> None:
        """Let it end well; HardenerError where it does not."""
        with self._turn:
            self._end = True
            if not self.status:
                self._give([])
            self._wait(lambda: self.status in FINE)

    def break_off(self, why: HardenerError) -> None:
        """Have it put back what was done, and wait for that."""
        with self._turn:
            self._why = why
            self._turn.notify_all()
            self._turn.wait_for(lambda: self.status)

    def _give(self, steps: list[Step]) -> None:
        self._asks, self._next = "", steps
        self._turn.notify_all()

    def _wait(self, until: Callable[[], bool]) -> None:
        self._turn.wait_for(lambda: until() or self.status)
        if not until():
            raise HardenerError(
                f"{self.name} has {ENDED.get(self.status, 'ended')}", why=self._ended
            )
