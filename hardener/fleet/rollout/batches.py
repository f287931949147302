"""How many hosts at a time, and when the rest is left as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hardener.fleet.rollout import together
from hardener.inventory import Host
from hardener.playbook import Play


def batches(chosen: Sequence[Host], serial: Sequence[object]) -> Iterator[Sequence[Host]]:
    """Split by `serial`: numbers or percentages, the last one repeated. No batch is empty."""
    rest = list(chosen)
    sizes = [size_of(str(each), len(rest)) for each in serial or ("100%",)]
    while rest:
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        yield rest[:size]
        rest = rest[size:]


def size_of(given: str, total: int) -> int:
    """Return a number of hosts, at least one."""
    if given.endswith("%"):
        return max(1, math.floor(total * float(given[:-1]) / 100))
    return max(1, int(given))


def why_stop(play: Play, bad: int, count: int, on_failure: str = together.HOST) -> str:
    """Say why nothing more is begun after a batch of `count` hosts; empty to go on.

    A batch in which every host failed ends the run, as in Ansible: that is what a canary is for.
    """
    if not bad:
        return ""
    if play.any_errors_fatal:
        return "a host failed, and the play says any_errors_fatal"
    limit = play.max_fail_percentage
    if limit is not None and 100 * bad > float(limit) * count:
        return f"{bad} of {count} hosts failed, more than {float(limit):g} %"
    if limit is None and on_failure in together.BEYOND:
        return f"a host failed, and the play says on_failure: {on_failure}"
    return "no host of the batch came through" if bad == count else ""
