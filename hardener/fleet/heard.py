"""What a host may say: each event with its fields. Anything else ends the conversation.

A host may be broken, or somebody else's: what it sends is checked here, once, so that
reports and the rest of the fleet can rely on names, types and ranges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardener.connect import Channel
from hardener.fleet.outcome import STANDING, STATUSES
from hardener.fleet.shapes import judge_of

MOST = 1 << 20  # events of one answer
BYTES = 256 << 20  # of one answer
YEAR_10000 = 253_402_300_800  # seconds since 1970: a later time can't be printed
YEAR = 366 * 86400  # seconds


def a_status(value: object) -> str:
    """How a run stands, or is said to stand when that is asked: `harden apply` takes STATUSES only."""
    return "" if value in (*STATUSES, *STANDING) else "is no status"


def a_while(value: object) -> str:
    return "" if isinstance(value, int | float) and 0 <= value <= YEAR else "is no time to wait"


def a_time(value: object) -> str:
    fits = isinstance(value, int | float) and 0 <= value < YEAR_10000
    return "" if fits or value is None else "is no time"


def a_rest(value: object) -> str:
    """What was not put back: resource, status, why."""
    three = value if isinstance(value, list) and len(value) == 3 else [None]
    return "" if all(isinstance(each, str) for each in three) else "is no list of three"


def a_part(value: object) -> str:
    """What a host may be captured as: never a command."""
    return "" if value in CAPTURED else "is none of " + ", ".join(CAPTURED)


CAPTURED = ("package", "sysctl", "swapfile", "mount", "file", "sshd", "service", "supervisor")
ERROR = {"type": str, "what": str, "where": str, "why": str, "hint": str}
CHANGE = {"resource": str, "action": str, "reverse": str, "risk": str, "diff": [str]}
SEEN = {"resource": str, "state": [str], "line": int}
PLANNED = {"resource": str, "action": str, "before": str, "after": str}
FACTS = {
    "os": {...: str},
    "memory": {...: int},
    "cpu": {"count": int},
    "network": {"hostname": str},
    "system": {
        "booted": bool,
        "init": str,
        "container": str,
        "uid": int,
        "date": str,
        "python": str,
    },
    "packages": {"manager": str},
}
EVENTS: Mapping[str, Any] = {
    "end": {},
    "error": ERROR,
    "facts": {"facts": FACTS},
    "started": {"number": int, "title": str},
    "step": {
        "stage": str, "number": int, "title": str, "type": str, "where": str, "controls": [str],
        "status": str, "changes": [CHANGE], "notes": [str], "why": str, "because": str,
        "error": (None, ERROR), "about?": {"why?": str, "risk?": str},
        "seen?": [SEEN],
    },
    "took": {"number": int, "title": str, "parts": {...: a_while}},
    "check": {"when": str, "title": str, "ok": (bool, None), "why": str, "where?": str},
    "phase": {"phase": str, "why?": str},
    "undone": {
        "stage": str, "resource": str, "title": str, "status": str, "why": str, "diff": [str],
    },
    "diverged": {"resource": str, "why": str},
    "done": {
        "status": a_status, "counts": {...: int}, "error": (None, ERROR), "left": [a_rest],
        "journal": str, "within": (None, a_while),
    },
    "plan": {"play": int, "changes": [PLANNED]},
    "risk": {"resources": [str], "unasked?": [str], "guard": (None, {"within": a_while}), "why?": str},
    "run": (
        {"run": str, "status": str},
        {
            "run": str, "status": str, "at": a_time, "what": str, "of": str, "playbook": str,
            "changes": int, "standing": int, "removed?": {"at": a_time, "why": str},
            "left?": a_while,
        },
    ),
    "snapshot": {
        "run": str, "at": a_time, "what": str, "of": str, "playbook": str, "status": str,
        "bytes": int, "alone": int, "undoable": bool, "kept": str,
    },
    "snapshots": {"runs": int, "bytes": int},
    "pruned": {
        "stage": str, "runs": [{"run": str, "why": str}], "bytes": int,
        "kept": [{"run": str, "why": str}],
    },
    "recorded": {
        "n": int, "resource": str, "title": str, "where": str, "reverse": str, "stands": bool,
        "diff": [str],
    },
    "captured": {"part": str, "name": str, "type": a_part, "params": dict},
    "not captured": {"part": str, "name": str, "left": str},
    "drift": {"run": str, "resource": str, "title": str, "diff": [str]},
    "resolve": {"number": int, "stage": str, "results": {...: dict}},
    "told": {"number": int, "stage": str, "result": dict},
    "judge": {"number": int, "result": dict},
    "agree": {"stage": str, "todo": bool},
    "pace": {"number": int},
}  # fmt: skip


# What only looks is answered by what it asks for; all the rest is what happens in a run.
LOOKS: Mapping[str, set[str]] = {
    "facts": {"facts"},
    "capture": {"captured", "not captured"},
    "history": {"run"},
    "show": {"recorded", "run"},
    "diff": {"drift"},
    "snapshots": {"snapshot", "snapshots"},
    "status": {"run", "done"},
}
LOOKED = {name for names in LOOKS.values() for name in names} - {"done"}
HAPPENS = EVENTS.keys() - LOOKED
ALWAYS = frozenset({"end", "error"})
ANSWERS = {word: ALWAYS | names for word, names in LOOKS.items()}
RUNS = ALWAYS | HAPPENS
JUDGES = {name: judge_of(shape) for name, shape in EVENTS.items()}


def events(channel: Channel, word: str, seconds: float | None) -> Iterator[dict[str, Any]]:
    """Yield the events that answer a word, without the `end`; `seconds` is how long it may be silent."""
    begun = channel.received
    for _ in range(MOST):
        event = channel.receive(seconds)
        wrong = mistake(event, word)
        if wrong:
            raise channel.senseless(wrong)
        if event["event"] == "end":
            return
        yield event
        if channel.received - begun > BYTES:
            raise channel.senseless(f"its answer is longer than {BYTES} bytes")
    raise channel.senseless(f"its answer has more than {MOST} events")


def mistake(event: Mapping[str, Any], word: str) -> str:
    """Say what is wrong with an event in the answer to a word; "" if nothing is."""
    name = event.get("event")
    if not isinstance(name, str) or name not in EVENTS:
        return f"there is no event {name!a:.80}"
    if name not in ANSWERS.get(word, RUNS):
        return f"`{name}` is no answer to `{word}`"
    if word != "status" and event.get("status") in STANDING and name == "done":
        return f"`{event['status']}` is no answer to `{word}`"
    fields = dict(event)
    del fields["event"]
    return JUDGES[name](fields, name)
