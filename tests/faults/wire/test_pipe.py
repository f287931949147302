"""The controller's end of a pipe: any cut of the bytes reads the same, and nobody makes it wait or grow."""

import itertools
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from faults.wire.scripted import Scripted
from fuzz import fuzz
from hypothesis import given
from hypothesis import strategies as st

from hardener.connect import child
from hardener.connect import pipe as pipes
from hardener.connect.child import ChildPipe
from hardener.connect.pipe import Pipe
from hardener.errors import ConnectionLost

ENDED = "the connection has ended"


def read(pipe: Pipe) -> list[Any]:
    """Skip to a mark, take a line and three bytes, as far as it goes."""
    done: list[Any] = []
    steps: tuple[Callable[[], Any], ...] = (
        lambda: pipe.skip_to(b"ab:", 1000, 5),
        lambda: pipe.read_line(1000, 5),
        lambda: pipe.read_exactly(3, 5),
    )
    for step in steps:
        try:
            done.append(step())
        except ConnectionLost as error:
            return [*done, error.what]
    return done


def plainly(data: bytes) -> list[Any]:
    """The same by one look at all of it."""
    _, mark, rest = data.partition(b"ab:")
    line, newline, rest = rest.partition(b"\n")
    if not mark:
        return [ENDED]
    if not newline:
        return [None, ENDED]
    return [None, line, rest[:3] if len(rest) >= 3 else ENDED]


def test_any_cut_reads_the_same() -> None:
    @fuzz(600)
    @given(
        st.lists(st.text(alphabet="aab::\n", min_size=1, max_size=5).map(str.encode), max_size=12)
    )
    def cut(chunks: list[bytes]) -> None:
        assert read(Scripted("web1", chunks)) == plainly(b"".join(chunks))

    cut()


@pytest.mark.parametrize("chunk", [b"x" * 1000, b"xy"])
@pytest.mark.parametrize("read", ["skip_to", "read_line", "read_exactly"])
def test_what_never_ends_is_given_up_with_bounded_memory(read: str, chunk: bytes) -> None:
    """However small the pieces are that it comes in."""
    endless = Scripted("web1", itertools.chain(itertools.repeat(chunk, (2 << 20) // len(chunk))))
    work = {
        "skip_to": lambda: endless.skip_to(b"mark", 1 << 20, 60),
        "read_line": lambda: endless.read_line(1 << 20, 60),
        "read_exactly": lambda: endless.read_exactly(3 << 20, 60),
    }
    tracemalloc.start()
    try:
        with pytest.raises(ConnectionLost, match="more than|longer than|has ended"):
            work[read]()
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


# A process that takes no notice of what is asked


@pytest.fixture
def script() -> Iterator[Callable[[str], ChildPipe]]:
    started: list[ChildPipe] = []

    def start(text: str) -> ChildPipe:
        started.append(ChildPipe("web1", [sys.executable, "-c", "import os, time\n" + text]))
        return started[-1]

    yield start
    for pipe in started:
        pipe._process.kill()
        pipe.close()


RED = "while True: os.write(2, b'\\x1b[31mred' * 100)"
WAITS = {
    "silent": "time.sleep(60)",
    "noisy-on-stderr": RED,
    "drips": "while True: os.write(1, b'x'); time.sleep(.1)",
}


@pytest.mark.parametrize("text", WAITS.values(), ids=WAITS)
def test_patience_ends(script: Any, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "FLOOD", 1 << 40)
    begun = time.monotonic()
    with pytest.raises(ConnectionLost, match="no answer in time"):
        script(text).read_exactly(1 << 20, 1)
    assert time.monotonic() - begun < 5


def test_a_flood_on_stderr_is_given_up_without_a_deadline(script: Any) -> None:
    with pytest.raises(ConnectionLost, match="standard error") as caught:
        script(RED).read_exactly(1, None)
    assert len(caught.value.why) <= pipes.TAIL
    assert "\x1b" not in caught.value.why


@pytest.mark.parametrize("text", ["time.sleep(60)", RED], ids=["silent", "noisy-on-stderr"])
def test_one_that_reads_nothing_is_given_up(
    script: Any, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "STALLED", 1.0)
    monkeypatch.setattr(pipes, "FLOOD", 1 << 40)
    with pytest.raises(ConnectionLost, match="has read nothing for 1 s"):
        script(text).write(bytes(8 << 20))


def test_one_that_reads_slowly_is_not(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is whether anything moves, not how long it takes altogether."""
    monkeypatch.setattr(child, "STALLED", 2.0)
    slow = "for _ in range(8): time.sleep(.5); os.read(0, 1 << 16)\nos.write(1, b'done')"
    pipe = script(slow)
    pipe.write(bytes(8 << 16))
    assert pipe.read_exactly(4, 20) == b"done"
