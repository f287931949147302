"""Death at the Nth write, in a child: what a power cut or the kernel's OOM killer does."""

import os
from collections.abc import Callable
from typing import Any


def in_child(work: Callable[[], Any]) -> bool:
    """Run `work` in a child; tell whether it came to its end."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the child must never return into pytest
            os._exit(9)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, DEATH), f"the child broke before it was killed ({code})"
    return code == 0


DEATH = 7


def dying_at(number: int) -> Callable[[str, str], None]:
    """A `watch` of System under which the process ends at its Nth call."""
    calls = iter(range(1, 10_000))

    def watch(operation: str, path: str) -> None:
        if next(calls) == number:
            os._exit(DEATH)

    return watch
