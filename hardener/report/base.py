"""What every renderer offers; events may come from several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Self

from hardener.dataclass import replace
from hardener.events import Event
from hardener.hiding import masked


class Reporter:
    """Called with every event, one at a time; a context manager that ends the display."""

    stage = "apply"  # or "preview": what the events are about
    flags = ""  # what the next command needs too, such as ` -K`
    held = False  # is a saved plan carried out? Who refuses it shows what it would do now

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self.show(replace(event, data=masked(event.data)))

    def show(self, event: Event) -> None:
        """Render one event."""
        raise NotImplementedError

    def recap(self, statuses: Mapping[str, str], run: str, again: str = "") -> None:
        """Close with one line a host; `run` is the id to roll back, if something changed.

        `again` is what to type where something is left to do.
        """

    def end(self) -> None:
        """Nothing more will come."""
