"""How long each part of something took, in seconds by the clock."""

from __future__ import annotations

import time


class Laps:
    """Begins when it is made; `took` has the parts that are over, in their order."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}
        self._at = time.monotonic()

    def end(self, part: str) -> None:
        """Say what the time since the last part was for."""
        now = time.monotonic()
        self.took[part] = self.took.get(part, 0.0) + now - self._at
        self._at = now
