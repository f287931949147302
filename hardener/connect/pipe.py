"""A duplex byte pipe running one command: all that the rest knows of a transport."""

from __future__ import annotations

import abc
import time
from collections.abc import Callable

from hardener.errors import ConnectionLost

CHUNK = 1 << 16
TAIL = 1 << 14
FLOOD = 64 << 20  # bytes of stderr over the life of a command
STALLED = 120.0  # seconds in which a host may take nothing of what is sent: it reads when we send


class Tail:
    """The last 16 KiB of a command's stderr; `watch` sees every chunk as it comes."""

    def __init__(self) -> None:
        self._kept = b""
        self.total = 0
        self.watch: Callable[[bytes], None] | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk."""
        self._kept = (self._kept + chunk)[-TAIL:]
        self.total += len(chunk)
        if self.watch:
            self.watch(chunk)

    def __str__(self) -> str:
        return readable(self._kept)


class Pipe(abc.ABC):
    """A transport gives receive, write, exit_status and close; it tells `hear` of stderr."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stderr = Tail()
        self.given_up = False  # what runs there is not waited for
        self.timed_out = False
        self._ahead = bytearray()

    @abc.abstractmethod
    def receive(self, seconds: float | None) -> bytes:
        """Return what has come, up to 64 KiB, b"" at the end; TimeoutError after `seconds`."""

    @abc.abstractmethod
    def write(self, data: bytes) -> None:
        """Send all of it, or raise ConnectionLost, also where the other side stops to read."""

    @abc.abstractmethod
    def exit_status(self) -> int | None:
        """Return how the command ended, once the pipe has, where that is known."""

    @abc.abstractmethod
    def close(self) -> None:
        """End the command's stdin and let go of everything; may be called twice."""

    def hear(self, chunk: bytes) -> None:
        """Keep the end of stderr; a host that floods it is given up."""
        self.stderr.feed(chunk)
        if self.stderr.total > FLOOD:
            raise self.lost(f"it wrote more than {FLOOD} bytes to its standard error")

    def read_exactly(self, count: int, seconds: float | None = None) -> bytes:
        """Return `count` bytes; ConnectionLost if the pipe ends before, or on a timeout."""
        deadline = _deadline(seconds)
        while len(self._ahead) < count:
            self._ahead += self._more(deadline)
        return self._take(count)

    def some(self) -> bytes:
        """Return what has come by now, or else comes next; b"" at the end."""
        return self._take(len(self._ahead)) or self.receive(None)

    def skip_to(self, mark: bytes, limit: int, seconds: float) -> None:
        """Drop everything through `mark`, such as the noise of a login shell."""
        deadline, seen = _deadline(seconds), 0
        while (at := self._ahead.find(mark, seen)) < 0:
            if len(self._ahead) > limit:
                raise self.lost(f"more than {limit} bytes came before the answer")
            seen = max(0, len(self._ahead) - len(mark))
            self._ahead += self._more(deadline)
        self._take(at + len(mark))

    def read_line(self, limit: int, seconds: float) -> bytes:
        """Return the bytes up to the next newline."""
        deadline, seen = _deadline(seconds), 0
        while (at := self._ahead.find(b"\n", seen)) < 0:
            if len(self._ahead) > limit:
                raise self.lost(f"a line is longer than {limit} bytes")
            seen = len(self._ahead)
            self._ahead += self._more(deadline)
        return self._take(at + 1)[:-1]

    def noise(self) -> str:
        """Return the end of what came and nobody has read."""
        return readable(bytes(self._ahead[-TAIL:]))

    def lost(self, what: str) -> ConnectionLost:
        """Give the pipe up, and return the error with what the command said last."""
        self.given_up = True
        return ConnectionLost(what, where=self.name, why=str(self.stderr))

    def _take(self, count: int) -> bytes:
        taken = bytes(memoryview(self._ahead)[:count])
        del self._ahead[:count]
        return taken

    def _more(self, deadline: float | None) -> bytes:
        try:
            chunk = self.receive(None if deadline is None else max(0, deadline - time.monotonic()))
        except TimeoutError:
            self.timed_out = True
            raise self.lost("no answer in time") from None
        if not chunk:
            raise self.lost("the connection has ended")
        return chunk


def readable(data: bytes) -> str:
    """Return the text in it, without what would move a cursor."""
    text = data.decode("utf-8", "replace")
    return "".join(c for c in text if c.isprintable() or c in "\n\t").strip()


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds
