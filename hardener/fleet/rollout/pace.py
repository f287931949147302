"""`strategy: linear`: no host begins a step before all of its batch have done the one before."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Pace:
    """One for each batch. Hosts that wait for another's turn (turns.py) are not waited for."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}  # the step that each is about to begin
        self._moved = threading.Condition()

    def join(self, hosts: Iterable[str]) -> None:
        """From now on they are waited for."""
        with self._moved:
            self._at.update((host, 0) for host in hosts if host not in self._at)

    @contextmanager
    def within(self, host: str) -> Iterator[None]:
        """Let it be one of them until it has ended, however it does."""
        self.join([host])
        try:
            yield
        finally:
            with self._moved:
                self._at.pop(host, None)
                self._moved.notify_all()

    def wait(self, host: str, number: int) -> None:
        """Wait until nobody is at an earlier step; numbers go up on every host."""
        with self._moved:
            self._at[host] = number
            self._moved.notify_all()
            self._moved.wait_for(lambda: min(self._at.values(), default=number) >= number)
