"""A task that only fetches the lists of packages: the next one that brings some in does it here."""

from __future__ import annotations

from typing import Any

from hardener.ansible import shorthand
from hardener.ansible.modules import short
from hardener.ansible.source import Map

DIFFERS = "the lists of packages are fetched by the next step that brings some in"
UPDATE = ("update_cache", "update-cache", "cache_valid_time")
BESIDE = ("name", "when", "tags", "become", "changed_when", "retries", "delay")
SAME = ("when", "tags")


def joined(tasks: list[Any]) -> tuple[list[Any], list[int]]:
    """Return the tasks without those that only fetch, and the lines of these."""
    kept, lines = list(tasks), []
    for task in tasks:
        given = _apt(task)
        if not given or given.keys() - set(UPDATE) or _beside(task) - set(BESIDE):
            continue
        at = next((n for n in range(kept.index(task) + 1, len(kept)) if _apt(kept[n])), None)
        if at is not None and all(kept[at].get(key) == task.get(key) for key in SAME):
            kept[at] = _fetching(kept[at], given)
            kept.remove(task)
            lines.append(task.line)
    return kept, lines


def _apt(task: Any) -> dict[str, Any]:
    """Return the arguments of a task of apt, else nothing."""
    value = task.get(_key(task)) if isinstance(task, Map) else None
    if isinstance(value, str):
        return dict(shorthand.pairs(value))
    return value if isinstance(value, dict) else {}


def _key(task: Map) -> str:
    return next((key for key in task if short(key) == "apt"), "")


def _beside(task: Map) -> set[str]:
    return set(task) - {_key(task)}


def _fetching(task: Map, given: dict[str, Any]) -> Map:
    own = _apt(task)
    found = Map()
    found.line, found.end, found.lines = task.line, task.end, task.lines
    found.update(task)
    found[_key(task)] = own if own.keys() & set(UPDATE[:2]) else {**own, **given}
    return found
