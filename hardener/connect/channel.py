"""Messages to and from the code on a host."""

from __future__ import annotations

import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from hardener.connect.pipe import Pipe
from hardener.connect.target import Target
from hardener.host.errors import ProtocolError
from hardener.host.frames import LIMIT, pack, unpack


@dataclass(frozen=True)
class Hello:
    """What a host says of itself before its code runs; `kept` is whether it had the code."""

    python: tuple[int, int, int]
    euid: int
    state: str
    kept: bool


class Channel:
    """A host that listens; close it, or use it in a `with`."""

    def __init__(self, target: Target, pipe: Pipe, hello: Hello) -> None:
        self.target = target
        self.hello = hello
        self._pipe = pipe
        self._sending = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message; any thread may."""
        frame = pack(dict(message))
        with self._sending:
            self._pipe.write(frame)

    def receive(self, seconds: float | None = None) -> dict[str, Any]:
        """Return the next message; ConnectionLost if none comes (in that time)."""
        (length,) = struct.unpack(">I", self._pipe.read_exactly(4, seconds))
        if length > LIMIT:
            raise self._pipe.lost(f"a frame announces {length} bytes, over the limit of {LIMIT}")
        try:
            return dict(unpack(self._pipe.read_exactly(length, seconds)))
        except ProtocolError as error:
            raise self._pipe.lost(f"the host does not speak the protocol: {error}") from error

    def close(self) -> None:
        """Hang up; the host ends its work when it notices."""
        self._pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
