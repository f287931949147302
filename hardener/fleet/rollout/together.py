"""What becomes of hosts that came through when another did not: `on_failure` of a play.

`rollback_batch` puts the play back on the hosts of the batch, `rollback_all` the whole run so far, the
newest play first; with all that these hosts have had done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from hardener.fleet.compose.values import ON_FAILURE

if TYPE_CHECKING:
    from hardener.fleet.prepare import Prepared
    from hardener.inventory import Host

HOST, BATCH, ALL = ON_FAILURE[1:]
BEYOND = (BATCH, ALL)
STANDS = ("changed", "confirmed", "unconfirmed")  # how a play ends whose changes stand
Ready = Mapping[str, "Prepared"]


def wanted(ready: Ready) -> str:
    """Return what a play wants; of several words that its hosts have, the one that goes furthest."""
    words = (str(each.message["on_failure"]) for each in ready.values())
    return max(words, key=ON_FAILURE.index, default=HOST)


def groups(
    word: str, ready: Ready, batch: Sequence[Host], earlier: Sequence[Ready]
) -> Iterator[list[Prepared]]:
    """Yield the plays of hosts that are to be put back, group after group, in each the last host first."""
    if word == ALL:
        yield from (list(each.values())[::-1] for each in (ready, *reversed(earlier)))
    elif word == BATCH:
        yield [ready[host.name] for host in reversed(batch) if host.name in ready]
