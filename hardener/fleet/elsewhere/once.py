"""`run_once`: the first host of a batch does a step, and the others get its result."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from hardener.errors import HardenerError

APPLY, PREVIEW, AUDIT = "apply", "preview", "audit"
Result = Mapping[str, Any]
Key = tuple[str, tuple[int, ...]]
"""What a step is known by on all hosts (`Step.key`)."""


class Once:
    """What the host that does such steps has told of them; one for each play, batch after batch."""

    def __init__(self) -> None:
        self.host = ""
        self.secret: set[str] = set()  # names of results that were made of a secret
        self._told: dict[tuple[Key, str], Result] = {}
        self._over = True
        self._heard = threading.Condition()

    def begin(self, host: str) -> None:
        """From now on this host does it."""
        with self._heard:
            self.host, self._told, self._over = host, {}, False

    def tell(self, step: Key, stage: str, result: Result) -> None:
        with self._heard:
            self._told[step, PREVIEW if stage == AUDIT else stage] = result
            self._heard.notify_all()

    def end(self) -> None:
        """It tells nothing more."""
        with self._heard:
            self._over = True
            self._heard.notify_all()

    def ask(self, step: Key, stage: str) -> Result:
        """Wait for the result of a step; HardenerError where the host has ended without one.

        Where the preview found nothing to do there was no apply, and its result stands.
        """
        stage = stage if stage == APPLY else PREVIEW
        with self._heard:
            self._heard.wait_for(lambda: (step, stage) in self._told or self._over)
            found = self._told.get((step, stage), self._told.get((step, PREVIEW)))
        if found is None or (stage == APPLY and found.get("unknown")):
            raise HardenerError(f"{self.host}, which does this step for all, has ended before it")
        return found
