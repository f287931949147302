"""Run a program that should print something short soon, and believe none of that."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from typing import NamedTuple


class Output(NamedTuple):
    """How a program ended and what it printed."""

    code: int
    out: bytes
    err: bytes


def output(command: Sequence[str], *, seconds: float, most: int) -> Output:
    """Run a program without input; ValueError if it prints `most` bytes, or goes on for too long.

    What it started is ended with it, or would keep us waiting for the end of its output.
    """
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, err = _read(process, time.monotonic() + seconds, most)
            return Output(process.wait(), out, err)
        except TimeoutError:
            raise ValueError(f"it has not ended after {seconds:g} seconds") from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _read(process: subprocess.Popen[bytes], deadline: float, most: int) -> tuple[bytes, bytes]:
    with selectors.DefaultSelector() as ready:
        found = {stream: bytearray() for stream in (process.stdout, process.stderr) if stream}
        for stream in found:
            ready.register(stream, selectors.EVENT_READ)
        while ready.get_map():
            for key, _ in ready.select(max(0, deadline - time.monotonic())) or _late():
                part = os.read(key.fd, 1 << 16)
                found[key.fileobj] += part  # type: ignore[index]
                if not part:
                    ready.unregister(key.fileobj)
                if sum(map(len, found.values())) > most:
                    raise ValueError(f"it printed more than {most} bytes")
    out, err = found.values()
    return bytes(out), bytes(err)


def _late() -> list[tuple[selectors.SelectorKey, int]]:
    raise TimeoutError
