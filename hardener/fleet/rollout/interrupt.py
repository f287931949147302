"""Ctrl-C: once, and the steps under way are finished; twice, and it is over at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruptible(stop: Callable[[], bool]) -> Iterator[None]:
    """Call `stop` at the first SIGINT, in a thread of its own; at the next, or where it returns False,
    KeyboardInterrupt is raised as ever.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    main, asked = threading.main_thread().ident, threading.Event()
    assert main

    def stopping() -> None:
        if not stop():
            signal.pthread_kill(main, signal.SIGINT)

    def first(_signal: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        threading.Thread(target=stopping, daemon=True).start()

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
