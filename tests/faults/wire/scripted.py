"""A transport in memory: what the other side sends is given, what it is sent is kept."""

from collections.abc import Iterable, Iterator

from hardener.connect.channel import Channel, Hello
from hardener.connect.pipe import Pipe
from hardener.connect.target import Target


class Scripted(Pipe):
    """Gives these chunks, then the end; a chunk of None is silence until the reader loses patience."""

    def __init__(self, name: str, chunks: Iterable[bytes | None]) -> None:
        super().__init__(name)
        self._chunks: Iterator[bytes | None] = iter(chunks)
        self.sent = b""

    def receive(self, seconds: float | None) -> bytes:
        chunk = next(self._chunks, b"")
        if chunk is None:
            assert seconds is not None, "it would be waited for without end"
            raise TimeoutError
        return chunk

    def write(self, data: bytes) -> None:
        self.sent += data

    def exit_status(self) -> int | None:
        return 0

    def close(self) -> None:
        pass


def channel(name: str, *chunks: bytes | None) -> Channel:
    """A channel to a host that says this."""
    return Channel(Target(name=name), Scripted(name, chunks), Hello((3, 11, 0), 0, "/x", True))
