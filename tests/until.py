"""Wait for what comes about by itself."""

import time
from collections.abc import Callable


def until(true: Callable[[], object], seconds: float = 60, every: float = 0.02) -> None:
    """Ask again and again, `every` seconds, until it is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(every)
