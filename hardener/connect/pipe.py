"""A duplex byte pipe running one command: all that the rest knows of a transport."""

from __future__ import annotations

import abc
import time
from collections.abc import Callable

from hardener.errors import ConnectionLost

CHUNK = 1 << 16
TAIL = 1 << 14


class Tail:
    """The last 16 KiB of a command's stderr; `watch` sees every chunk as it comes."""

    def __init__(self) -> None:
        self._kept = b""
        self.watch: Callable[[bytes], None] | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk."""
        self._kept = (self._kept + chunk)[-TAIL:]
        if self.watch:
            self.watch(chunk)

    def __str__(self) -> str:
        text = self._kept.decode("utf-8", "replace")
        return "".join(c for c in text if c.isprintable() or c in "\n\t").strip()


class Pipe(abc.ABC):
    """A transport gives receive, write, exit_status and close; stderr is drained by receive."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stderr = Tail()
        self._ahead = b""

    @abc.abstractmethod
    def receive(self, seconds: float | None) -> bytes:
        """Return what has come, up to 64 KiB, b"" at the end; TimeoutError after `seconds`."""

    @abc.abstractmethod
    def write(self, data: bytes) -> None:
        """Send all of it, or raise ConnectionLost."""

    @abc.abstractmethod
    def exit_status(self) -> int | None:
        """Return how the command ended, once the pipe has, where that is known."""

    @abc.abstractmethod
    def close(self) -> None:
        """End the command's stdin and let go of everything; may be called twice."""

    def read_exactly(self, count: int, seconds: float | None = None) -> bytes:
        """Return `count` bytes; ConnectionLost if the pipe ends before, or on a timeout."""
        parts, missing = [self._ahead], count - len(self._ahead)
        deadline = _deadline(seconds)
        while missing > 0:
            parts.append(self._more(deadline))
            missing -= len(parts[-1])
        data = b"".join(parts)
        self._ahead = data[count:]
        return data[:count]

    def skip_to(self, mark: bytes, limit: int, seconds: float) -> None:
        """Drop everything through `mark`, such as the noise of a login shell."""
        seen, deadline = self._ahead, _deadline(seconds)
        while mark not in seen:
            if len(seen) > limit:
                raise self.lost(f"more than {limit} bytes came before the answer")
            seen += self._more(deadline)
        self._ahead = seen.partition(mark)[2]

    def read_line(self, limit: int, seconds: float) -> bytes:
        """Return the bytes up to the next newline."""
        line, deadline = b"", _deadline(seconds)
        while b"\n" not in self._ahead:
            if len(self._ahead) > limit:
                raise self.lost(f"a line is longer than {limit} bytes")
            self._ahead += self._more(deadline)
        line, _, self._ahead = self._ahead.partition(b"\n")
        return line

    def lost(self, what: str) -> ConnectionLost:
        """Return the error for a broken pipe, with what the command said last."""
        return ConnectionLost(what, where=self.name, why=str(self.stderr))

    def _more(self, deadline: float | None) -> bytes:
        try:
            chunk = self.receive(None if deadline is None else max(0, deadline - time.monotonic()))
        except TimeoutError:
            raise self.lost("no answer in time") from None
        if not chunk:
            raise self.lost("the connection has ended")
        return chunk


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds
