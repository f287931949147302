"""What goes on, drawn at the foot of a terminal: of one host what takes long, of many all of them.

It is drawn on standard error, only on a terminal, once something has run for a second, and
wiped before anything else is printed.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TextIO

from hardener.errors import cells
from hardener.events import Event
from hardener.report.grid import Grid
from hardener.report.lines import clean

PATIENCE = 1.0  # seconds before anything is said
PERIOD = 0.5
SIZE = (80, 24)  # of a terminal that does not say it
OFTEN = 0.1  # seconds: with a thousand hosts not for every line
WIPE = "\r\x1b[K"
UP = "\x1b[A\x1b[K"


def size_of(stream: TextIO) -> os.terminal_size:
    """Return how large the terminal of this stream is: standard output may be a file meanwhile."""
    given = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
    try:
        own = tuple(os.get_terminal_size(stream.fileno()))
    except OSError:
        own = (0, 0)
    wanted = [int(text) if text.isdigit() else 0 for text in given]
    columns, lines = (a or b or c for a, b, c in zip(wanted, own, SIZE, strict=True))
    return os.terminal_size((columns, lines))


def fitting(line: str, columns: int) -> str:
    """Cut a line to so many cells of a terminal."""
    line = line[:columns]
    while cells(line) > columns:
        line = line[:-1]
    return line


class Progress:
    """What runs now, by host; `lock` is held by whoever prints, and calls anything here."""

    def __init__(self, stream: TextIO, lock: threading.Lock) -> None:
        self._stream = stream
        self._lock = lock
        self._running: dict[str, tuple[float, str]] = {}
        self._grid = Grid()
        self._drawn = 0  # lines
        self._wanted, self._at = False, 0.0  # is there something to draw, and when was it last
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def see(self, event: Event) -> None:
        """Learn from an event what goes on."""
        if not self._stream.isatty():
            return
        now = time.monotonic()
        self._grid.see(event, now)
        if event.name == "play":
            self._running |= dict.fromkeys(event.data["hosts"], (now, "connecting"))
        elif event.name == "started":
            self._running[event.host] = (now, clean(event.data["title"]))
        else:
            self._running.pop(event.host, None)
        if self._thread is None:
            self._thread = threading.Thread(target=self._tick, daemon=True)
            self._thread.start()

    def wipe(self) -> None:
        """Clear what is drawn, so that others can print."""
        if self._drawn:
            self._stream.write(WIPE + UP * (self._drawn - 1))
            self._stream.flush()
            self._drawn = 0

    def again(self) -> None:
        """Draw it again below what was printed, if it was there before."""
        now = time.monotonic()
        if self._wanted and now - self._at >= OFTEN:
            self.draw(now)

    def end(self) -> None:
        self._ended.set()
        self.wipe()

    def _tick(self) -> None:
        while not self._ended.wait(PERIOD):
            with self._lock:
                self.draw(time.monotonic())

    def draw(self, now: float) -> None:
        """Draw it, once something has run for a second."""
        if self._ended.is_set():
            return
        size = size_of(self._stream)
        lines = self._grid.lines(now, size.columns, size.lines) or self._longest(now)
        self._wanted, self._at = bool(lines), now
        self.wipe()
        if lines:
            self._stream.write(WIPE + "\n".join(fitting(line, size.columns - 1) for line in lines))
            self._stream.flush()
            self._drawn = len(lines)

    def _longest(self, now: float) -> list[str]:
        """Say what has run longest, if it has for a second."""
        slow = sorted((since, host, what) for host, (since, what) in self._running.items())
        if not slow or now - slow[0][0] < PATIENCE:
            return []
        since, host, what = slow[0]
        more = f", and {len(slow) - 1} more" if len(slow) > 1 else ""
        return [f"… {host}: {what} ({now - since:.0f} s{more})"]
