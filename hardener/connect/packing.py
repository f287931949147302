"""Messages of which parts are packed already: a play's steps, once for all of its hosts.

Packed they take half of the memory, and no message is ever copied whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from hardener.errors import HardenerError
from hardener.host.errors import ProtocolError
from hardener.host.wire.frames import CHUNK, encoded, revive

Packed: TypeAlias = bytes
"""The JSON of one value, as frames hold it (host/wire/frames.py)."""


def packed(value: Mapping[str, Any]) -> Packed:
    """Pack one value; HardenerError, with the place that it names, for what can't be sent."""
    try:
        return bytes(encoded(dict(value)))
    except ProtocolError as error:
        raise HardenerError(error.what, where=value.get("where", ""), why=error.why) from None


def unpacked(value: Packed) -> dict[str, Any]:
    """Return the value again."""
    return dict(json.loads(value, object_hook=revive))


def whole(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a play with its steps as data, which are packed otherwise."""
    return {**message, "steps": [unpacked(each) for each in message["steps"]]}


def spliced(message: Mapping[str, Any], **lists: Sequence[Packed]) -> list[Packed]:
    """Return the parts of a message that has lists of what is packed as further fields."""
    parts = [encoded(dict(message))[:-1]]
    for name, items in lists.items():
        comma = "," if parts != [b"{"] else ""
        parts.append(f'{comma}"{name}":['.encode())
        for item in items:
            parts += [item, b","]
        if items:
            parts.pop()
        parts.append(b"]")
    return [*parts, b"}"]


def gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield them as fewer and larger ones."""
    waiting, size = [], 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
