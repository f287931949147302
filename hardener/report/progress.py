"""One line on the terminal that says what takes long: which step, on which host, since when.

It is drawn on standard error, only on a terminal, once something has run for a second, and
wiped before anything else is printed.
"""

from __future__ import annotations

import shutil
import threading
import time
from typing import TextIO

PATIENCE = 1.0  # seconds before anything is said
PERIOD = 0.5
WIPE = "\r\x1b[K"


class Progress:
    """What runs now, by host; `lock` is held by whoever prints."""

    def __init__(self, stream: TextIO, lock: threading.Lock) -> None:
        self._stream = stream
        self._lock = lock
        self._running: dict[str, tuple[float, str]] = {}
        self._drawn = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, host: str, what: str) -> None:
        """Say that a host has begun something; call under the lock."""
        if not self._stream.isatty():
            return
        self._running[host] = (time.monotonic(), what)
        if self._thread is None:
            self._thread = threading.Thread(target=self._tick, daemon=True)
            self._thread.start()

    def done(self, host: str) -> None:
        self._running.pop(host, None)

    def wipe(self) -> None:
        """Clear the line, so that others can print."""
        if self._drawn:
            self._stream.write(WIPE)
            self._stream.flush()
            self._drawn = False

    def end(self) -> None:
        self._ended.set()
        self.wipe()

    def _tick(self) -> None:
        while not self._ended.wait(PERIOD):
            with self._lock:
                self.draw(time.monotonic())

    def draw(self, now: float) -> None:
        """Draw what has run longest, if it has for a second."""
        slow = sorted((since, host, what) for host, (since, what) in self._running.items())
        if not slow or now - slow[0][0] < PATIENCE or self._ended.is_set():
            return
        since, host, what = slow[0]
        more = f", and {len(slow) - 1} more" if len(slow) > 1 else ""
        text = f"… {host}: {what} ({now - since:.0f} s{more})"
        self._stream.write(WIPE + text[: shutil.get_terminal_size().columns - 1])
        self._stream.flush()
        self._drawn = True
