"""Events that may be shown later, in little memory: of a preview each step of each host is held."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterator

from hardener.events import Event

TOGETHER = 64
"""So many are packed at a time: one is too short to be packed well."""


class Held:
    """A list of what hosts said, which is plain data: a step takes 2 kB as an event, some 20 bytes here."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._newest: list[Event] = []

    def add(self, event: Event) -> None:
        """Hold one more."""
        self._newest.append(event)
        if len(self._newest) == TOGETHER:
            plain = [(each.name, each.host, each.data) for each in self._newest]
            self._packed.append(zlib.compress(marshal.dumps(plain), 1))
            self._newest = []

    def __iter__(self) -> Iterator[Event]:
        for packed in self._packed:
            for each in marshal.loads(zlib.decompress(packed)):  # noqa: S302 - bytes of this process
                yield Event(*each)
        yield from self._newest
