"""Messages to and from the code on a host."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from hardener.connect.packing import Packed, gathered, spliced
from hardener.connect.pipe import Pipe
from hardener.connect.target import Target
from hardener.dataclass import dataclass
from hardener.errors import ConnectionLost, HardenerError
from hardener.host.errors import ProtocolError
from hardener.host.wire.frames import header, length, unpack


@dataclass(frozen=True)
class Hello:
    """What a host says of itself before its code runs.

    `kept` is whether it had the code, `bz2` whether it can take it packed so.
    """

    python: tuple[int, int, int]
    euid: int
    state: str
    kept: bool
    bz2: bool = False


class Channel:
    """A host that listens; close it, or use it in a `with`."""

    def __init__(
        self,
        target: Target,
        pipe: Pipe,
        hello: Hello,
        became: bool = False,
        login: Mapping[str, Any] | None = None,
        took: Mapping[str, float] | None = None,
    ) -> None:
        self.target = target
        self.hello = hello
        self.became = became  # is it another user's than the one that logged in?
        self.login = login or {}  # by what we came in, for the host to judge the next login
        self.took = took or {}  # the seconds of each part of coming here
        self.received = 0  # bytes, in all
        self.pipe = pipe
        self._sending = threading.Lock()

    def send(self, message: Mapping[str, Any], **lists: Sequence[Packed]) -> None:
        """Send one message; any thread may. HardenerError for what is no message, and nothing is sent.

        `lists` are further fields, whose items are packed already.
        """
        try:
            body = spliced(message, **lists)
            parts = [header(sum(map(len, body))), *body]
        except ProtocolError as error:
            raise HardenerError(error.what, where=self.target.name, why=error.why) from error
        with self._sending:
            for piece in gathered(parts):
                self.pipe.write(piece)

    def receive(self, seconds: float | None = None) -> dict[str, Any]:
        """Return the next message; ConnectionLost if none comes (in that time)."""
        try:
            count = length(self.pipe.read_exactly(4, seconds))
            body = self.pipe.read_exactly(count, seconds)
            self.received += count
            return dict(unpack(body))
        except ProtocolError as error:
            why = f": {error.why}" if error.why else ""
            raise self.senseless(f"{error.what}{why}") from error

    def senseless(self, what: str) -> ConnectionLost:
        """Return the error for a host that says what no host of ours would."""
        return self.pipe.lost(f"the host does not speak the protocol: {what}")

    def close(self) -> None:
        """Hang up; the host ends its work when it notices."""
        self.pipe.close()

    def hang_up(self) -> None:
        """Close it at once; whoever waits in `receive` is told that it has ended."""
        self.pipe.given_up = True
        self.pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
