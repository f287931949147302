"""Who has to wait for whom: hosts of a batch of which one has something done where another works.

A host waits for those before it in the batch, and for no other: so nobody waits in a circle,
and what the first one does for all (`run_once`) is never waited for by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardener.fleet.session import Session

Grounds = frozenset[tuple[str, ...]]


class Turns:
    """One for each batch; of each host its name, and where its play makes changes."""

    def __init__(self, batch: Sequence[tuple[str, Grounds]]) -> None:
        self._over = {name: threading.Event() for name, _ in batch}
        self._before = {
            name: [other for other, theirs in batch[:index] if theirs & mine]
            for index, (name, mine) in enumerate(batch)
        }

    @property
    def first(self) -> list[str]:
        """The hosts that wait for nobody."""
        return [name for name, before in self._before.items() if not before]

    @contextmanager
    def wait(self, session: Session) -> Iterator[None]:
        """Wait for the turn of a host, say so, and let those after it have theirs."""
        try:
            left = [name for name in self._before[session.name] if not self._over[name].is_set()]
            if left:
                more = f" and {len(left) - 1} more" if left[1:] else ""
                why = f"for {left[0]}{more}: both have to do with the same host"
                session.say("phase", phase="waits", why=why)
            for name in left:
                self._over[name].wait()
            yield
        finally:
            self._over[session.name].set()
