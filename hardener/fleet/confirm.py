"""The fresh login that keeps a guarded run; without one, what the host has made of it.

A new connection for every try: the one that made the change proves nothing, since a server
keeps those that it has, and what locks people out is seen only at the next login.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from hardener.connect import Connector, Target
from hardener.dataclass import dataclass, replace
from hardener.errors import BecomeError, ConnectError, HardenerError, HostKeyError, LoginError
from hardener.events import Event, Report
from hardener.fleet.outcome import STATUSES
from hardener.fleet.session import Session

PAUSE = 1.0  # seconds between tries
PATIENCE = 120.0  # seconds for the host to undo the run, once its time is over
# Asked too often, these lock an account (pam_faillock(8)).
REFUSALS = (LoginError, BecomeError, HostKeyError)


@dataclass
class Confirmation:
    """One run on one host that waits; `ways` are tried in turn, `within` is in seconds."""

    ways: Sequence[Target]
    connector: Connector
    report: Report
    run: str
    journal: str
    within: float

    def __post_init__(self) -> None:
        self.name = self.ways[0].name
        self.why: HardenerError | None = None

    def go(self) -> str:
        """Return how the run stands: confirmed, or rolled back; ConnectError if nobody can tell."""
        self._say("confirm", f"a new login within {self.within:.0f} s keeps what was changed")
        deadline = time.monotonic() + self.within
        while (left := deadline - time.monotonic()) > 0:
            for way in self.ways:
                if self._confirmed(way, left):
                    self._say("confirmed", f"by a new login to {way.destination}")
                    return "confirmed"
            if not isinstance(self.why, ConnectError):
                break  # the host itself has said no
            time.sleep(min(left, left / 2 if isinstance(self.why, REFUSALS) else PAUSE))
        return self._outcome()

    def _confirmed(self, way: Target, left: float) -> bool:
        try:
            self._ask(way, {"do": "confirm", "run": self.run, "journal": self.journal}, left)
        except HardenerError as error:
            self.why = error
            return False
        return True

    def _outcome(self) -> str:
        """Wait until the host has undone it, and the way in is open again."""
        why = self.why
        self._say("not confirmed", str(why).splitlines()[0] if why else "")
        deadline = time.monotonic() + self.within + PATIENCE
        while time.monotonic() < deadline:
            for way in reversed(self.ways):
                try:
                    status = self._ask(way, {"do": "status", "run": self.run}, PATIENCE)
                except ConnectError as error:
                    self.why = error
                    continue
                if status not in ("unconfirmed", "unfinished"):
                    return self._ended(status, why)
            time.sleep(PAUSE)
        raise ConnectError(
            "no login has confirmed the run, and the host can't be reached to ask what it did",
            where=self.name,
            why=str(self.why or ""),
            hint=f"it undoes run {self.run} by itself; on its console: /var/lib/hardener/undo",
        )

    def _ended(self, status: str, why: HardenerError | None) -> str:
        if status == "rolled back":
            fields = {"what": "no new login came through: the host has undone the run by itself"}
            more = {"why": str(why or ""), "where": "", "hint": ""}
            self.report(Event("error", self.name, {"status": status, **fields, **more}))
            return status
        return {"applied": "confirmed"}.get(status, status if status in STATUSES else "failed")

    def _ask(self, way: Target, message: dict[str, str], left: float) -> str:
        """Log in anew, ask, and hang up; returns the status that the host says."""
        seconds = min(way.connect_timeout or 10.0, max(left, 1.0))
        session = Session(
            replace(way, connect_timeout=seconds, anew=True), self.connector, lambda event: None
        )
        try:
            return session.do(message.pop("do"), **message)
        finally:
            session.close()

    def _say(self, phase: str, why: str) -> None:
        self.report(Event("phase", self.name, {"phase": phase, "why": why}))
