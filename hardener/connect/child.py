"""A pipe to a program of this machine, by its standard streams."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Sequence

from hardener.connect.pipe import CHUNK, STALLED, Pipe

PATIENCE = 10.0
NOTICE = 0.5


class ChildPipe(Pipe):
    """A child process in a session of its own: Ctrl-C at the terminal does not reach it."""

    patience = PATIENCE  # seconds that it has to end once its input has

    def __init__(self, name: str, argv: Sequence[str]) -> None:
        super().__init__(name)
        self._process = subprocess.Popen(
            argv,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._stderr = self._process.stderr
        os.set_blocking(self._stdin.fileno(), False)
        self._hears_stderr, self._closed = True, False
        self._poll = select.poll()
        self._poll.register(self._stdout, select.POLLIN)
        self._poll.register(self._stderr, select.POLLIN)

    def receive(self, seconds: float | None) -> bytes:
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            ready = self._ready(None if end is None else end - time.monotonic())
            if self._closed:
                return b""
            if self._stderr.fileno() in ready:
                self._drain_stderr()
            if self._stdout.fileno() in ready:
                data = os.read(self._stdout.fileno(), CHUNK)
                if not data:
                    self._last_words()
                return data
            if end is not None and time.monotonic() >= end:
                raise TimeoutError

    def write(self, data: bytes) -> None:
        rest, end = memoryview(data), time.monotonic() + STALLED
        try:
            while rest:
                if written := self._write_some(rest, end):
                    rest, end = rest[written:], time.monotonic() + STALLED
        except TimeoutError:
            raise self.lost(f"it has read nothing for {STALLED:.0f} s") from None
        except (OSError, ValueError) as error:
            self._last_words()
            raise self.lost("the connection has ended") from error

    def exit_status(self) -> int | None:
        try:
            return self._process.wait(0.1 if self.given_up else self.patience)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        self._closed = True
        self._stdin.close()
        if self.exit_status() is None:
            self._let_go()
        self._stdout.close()
        self._stderr.close()

    def _ready(self, seconds: float | None) -> set[int]:
        """Wait a while, not longer than until another thread's `close` must be noticed."""
        wait = NOTICE if seconds is None else min(NOTICE, max(0, seconds))
        return {fd for fd, _ in self._poll.poll(int(wait * 1000))}

    def _drain_stderr(self) -> None:
        if chunk := os.read(self._stderr.fileno(), CHUNK):
            self.hear(chunk)
        else:
            self._hears_stderr = False
            self._poll.unregister(self._stderr)

    def _last_words(self) -> None:
        """Take what stderr still holds, without waiting for who else may hold it open."""
        if self._stderr.closed:
            return
        poll = select.poll()
        poll.register(self._stderr, select.POLLIN)
        while poll.poll(50) and (chunk := os.read(self._stderr.fileno(), CHUNK)):
            self.hear(chunk)

    def _write_some(self, rest: memoryview, end: float) -> int:
        """Write what the pipe takes, and meanwhile keep stderr from filling up."""
        poll = select.poll()
        poll.register(self._stdin, select.POLLOUT)
        if self._hears_stderr:
            poll.register(self._stderr, select.POLLIN)
        seconds = end - time.monotonic()
        ready = {fd for fd, _ in poll.poll(max(0, int(seconds * 1000)))}
        if self._stdin.fileno() in ready:
            return os.write(self._stdin.fileno(), rest)
        if seconds <= 0:
            raise TimeoutError
        if ready:
            self._drain_stderr()
        return 0

    def _let_go(self) -> None:
        """Leave a host alone that finishes or rolls back first, as ssh would: killing harms it."""
        self._process.returncode = 0  # or Popen warns that it still runs
