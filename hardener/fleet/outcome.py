"""How a command ended on each host, and the exit code that this makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# Those of host/run/engine.py, and `unreachable`; what is worse comes later.
STATUSES = (
    "ok",
    "unseen",
    "differs",
    "pending",
    "confirmed",
    "changed",
    "unconfirmed",
    "refused",
    "rolled back",
    "unreachable",
    "partly rolled back",
    "failed",
)
# How a run stands where that is asked: host/undo/history.py.
STANDING = ("not begun", "applied", "unfinished", "damaged")
BAD = frozenset({"failed", "refused", "partly rolled back", "unfinished", "damaged"})
GOOD = frozenset({"ok", "unseen", "differs", "changed", "pending", "confirmed"})
LEFT_SOME = 6
EXIT_CODES = {
    0: "done: every host is as asked",
    1: "a host failed",
    2: "changes are pending (audit, or with --detailed-exitcode), or wait for harden confirm",
    3: "a failed run was rolled back",
    4: "a host was unreachable",
    5: "audit: nothing differs, but not all could be seen",
    LEFT_SOME: "import, capture: a part of what was read is not in the playbook",
    64: "bad usage, or a mistake in a playbook; no host was touched",
    130: "interrupted",
}


def worst(statuses: Iterable[str]) -> str:
    """Return the worst of what was said of one host."""
    order = (*STANDING[:2], *STATUSES, *STANDING[2:])
    return max(statuses, key=order.index)


def exit_code(statuses: Mapping[str, str], detailed: bool = False) -> int:
    """The worst that happened: failed before rolled back before unreachable before pending."""
    seen = set(statuses.values())
    if seen & BAD:
        return 1
    if "rolled back" in seen:
        return 3
    if "unreachable" in seen:
        return 4
    pending = {"unconfirmed", "differs"} | ({"pending", "changed"} if detailed else set())
    if seen & pending:
        return 2
    return 5 if "unseen" in seen else 0
