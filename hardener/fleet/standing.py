"""How a run stands on its hosts: what was said of each so far, and what of it may have to be undone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hardener.dataclass import dataclass, field
from hardener.events import Report
from hardener.fleet import outcome
from hardener.fleet.begun import UNFINISHED, Begun
from hardener.fleet.noting import Noted, noting
from hardener.fleet.prepare import Prepared


@dataclass
class Standing:
    """`statuses` holds the worst that was said of each host so far, `elsewhere` what was said of hosts
    as they did a part of another's play (`delegate_to`).

    `remember` is told of `begun`, what of this run may stand and where, before each host begins, and
    of how they ended when the next one begins or all of them are through: a fleet would be saved
    twice a host. Hosts that begin while it is being saved share the next time.
    """

    report: Report
    remember: Callable[[Begun], None]
    statuses: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    begun: Begun = field(default_factory=Begun)
    _notes: int = 0  # made so far
    _remembered: int = 0  # so many of them
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _remembering: threading.Lock = field(default_factory=threading.Lock)

    def good(self, name: str) -> bool:
        return self.statuses.get(name, "ok") in outcome.GOOD

    def worse(self, name: str, status: str, statuses: dict[str, str] | None = None) -> None:
        statuses = self.statuses if statuses is None else statuses
        with self._lock:
            statuses[name] = max(statuses.get(name, "ok"), status, key=outcome.STATUSES.index)

    @contextmanager
    def noting(
        self, name: str, statuses: dict[str, str] | None = None, *, mistakes: bool = True
    ) -> Iterator[Noted]:
        """Report what is raised within as the trouble of a host; `mistakes` of others are raised if False."""
        with noting(name, self.report, mistakes=mistakes) as noted:
            yield noted
        if noted.status:
            self.worse(name, noted.status, statuses)

    def stands(self, prepared: Prepared, word: str) -> None:
        """Note how this run stands on a host; where the link is lost, nobody knows."""
        session = prepared.session
        with self._lock:
            self.begun.note(session.name, session.user, word, prepared.message["number"])
            self._notes += 1
        if word == UNFINISHED:
            self._keep()

    def undone(self, host: str, user: str, play: int) -> None:
        """Note that a play was put back after its end."""
        with self._lock:
            self.begun.undone(host, user, play)
            self._notes += 1

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Have remembered, in the end, what was noted within."""
        try:
            yield
        finally:
            self._keep()

    def _keep(self) -> None:
        """Have remembered all that has been noted; who waited here may find it done."""
        wanted = self._notes
        with self._remembering:
            if self._remembered >= wanted:
                return
            with self._lock:
                begun, notes = self.begun.copy(), self._notes
            self.remember(begun)
            self._remembered = notes
