"""What happens in a run, as one stream that every report is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hardener.dataclass import dataclass, field


@dataclass(frozen=True)
class Event:
    """One thing that happened on a host (or, with an empty `host`, on the controller).

    `name` is the word of the host's protocol: play, connected, phase, started, step, check,
    rollback, undone, diverged, done, error, run, recorded, drift, facts; `data` its fields, as plain data.
    """

    name: str
    host: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The event as one JSON object."""
        own = {"event": self.name, **({"host": self.host} if self.host else {})}
        return {**own, **self.data, **own}  # no field that a host sends stands for another host


Report = Callable[[Event], None]
