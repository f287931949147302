"""What is done after a batch and before the next: wait a while, ask whether its hosts are well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardener.fleet.rollout.together import STANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardener.fleet.prepare import Prepared

WHEN = "between"


def changed(ready: Sequence[Prepared]) -> list[Prepared]:
    """Return the plays of a batch after which one waits: those that have changed something."""
    return [each for each in ready if each.status in STANDS]


def trouble(prepared: Prepared) -> str:
    """Ask the checks of a host; return what is not well, empty if all is."""
    if not prepared.between:
        return ""
    session = prepared.session
    status = session.do("ask", checks=list(prepared.between), when=WHEN)
    return "" if status == "ok" else str((session.error or {}).get("what", status))
