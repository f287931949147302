"""Messages between a run and its relays: each side has one box, in it a slot for each connection."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol

Message = tuple[str, Any]
"""A word, and what belongs to it: plain data."""
LOST = "lost"
"""The word of nobody: the other side is gone; with it comes why."""
GONE = "gone"
"""What carries our messages is gone: whoever begins now hears it too; with it comes why."""


class Carrier(Protocol):
    """Carries lists of plain data to the box of a name; any error of its own is an OSError."""

    def put(self, box: str, items: list[Any]) -> None: ...

    def take(self) -> list[Any]:
        """Return what has come to our own box, after some seconds an empty list."""

    def close(self) -> None: ...


class Postbox:
    """One side's box; its threads end when it is closed. What is posted at the same time goes together."""

    def __init__(self, name: str, carrier: Carrier) -> None:
        self.name = name
        self._carrier = carrier
        self._slots: dict[str, queue.SimpleQueue[Message]] = {}
        self._out: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._gone: Message | None = None
        self._threads = [
            threading.Thread(target=work, name=f"{work.__name__} {name}", daemon=True)
            for work in (self._deliver, self._send)
        ]
        for thread in self._threads:
            thread.start()

    @contextmanager
    def slot(self, name: str) -> Iterator[queue.SimpleQueue[Message]]:
        """Have what is posted to this slot while it is open."""
        self._slots[name] = slot = queue.SimpleQueue[Message]()
        if self._gone:
            slot.put(self._gone)
        try:
            yield slot
        finally:
            del self._slots[name]

    def post(self, box: str, slot: str, word: str, data: Any = None) -> None:
        self._out.put((box, (slot, word, data)))

    def lose(self, slot: str, why: str) -> None:
        """Tell whoever reads a slot that nothing more will come."""
        if found := self._slots.get(slot):
            found.put((LOST, why))

    def close(self) -> None:
        """Send what was posted, and let go of the carrier."""
        self._closed.set()
        self._out.put(None)
        for thread in self._threads:
            thread.join()
        self._carrier.close()

    def _deliver(self) -> None:
        while not self._closed.is_set():
            try:
                items = self._carrier.take()
            except OSError as error:
                return self._end(error)
            for slot, word, data in items:
                if found := self._slots.get(slot):
                    found.put((word, data))
        return None

    def _send(self) -> None:
        while item := self._out.get():
            for box, items in self._together(item).items():
                try:
                    self._carrier.put(box, items)
                except OSError as error:
                    return self._end(error)
        return None

    def _together(self, first: tuple[str, Any]) -> dict[str, list[Any]]:
        """Sort by box what waits to be sent."""
        sorted_: dict[str, list[Any]] = {first[0]: [first[1]]}
        with suppress(queue.Empty):
            while item := self._out.get_nowait():
                sorted_.setdefault(item[0], []).append(item[1])
            self._out.put(None)  # the end stays there for the next look
        return sorted_

    def _end(self, error: OSError) -> None:
        self._gone = (GONE, str(error))
        for slot in list(self._slots.values()):
            slot.put(self._gone)


class Desk(Protocol):
    """Where a relay talks with whoever asked for it."""

    def post(self, word: str, data: Any = None) -> None: ...

    def next(self) -> Message:
        """Return the next message; LOST where nobody wants the task any more."""


class Office(Protocol):
    """Goes to a worker with a task, as plain data, and makes a desk of itself there."""

    def desk(self, session: str) -> AbstractContextManager[Desk]: ...
