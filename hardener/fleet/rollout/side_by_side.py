"""Threads for many hosts, one a host; Ctrl-C hangs up on all of them and waits for none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def side_by_side(
    forks: int, hosts: int, hang_up: Callable[[], None]
) -> Iterator[ThreadPoolExecutor]:
    """Give a pool of threads; `hang_up` is called where a person does not want to wait any more.

    A host that is hung up on puts back what it has not finished (host/wire/loop.py).
    """
    pool = ThreadPoolExecutor(max(1, min(forks, hosts)))
    try:
        yield pool
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        hang_up()
        raise
    finally:
        pool.shutdown(wait=sys.exc_info()[0] is not KeyboardInterrupt)
