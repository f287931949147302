"""How deep a document may be nested: parsers, renderers and JSON call themselves for each level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

DEEPEST = 100
TOO_DEEP = f"nested deeper than {DEEPEST} levels"

MANY = 5_000
"""Signs that open a level in a text; fewer are no danger to libyaml (see below)."""


def deep_yaml(text: str, loader: Any) -> tuple[int, int] | None:
    """Find the line and column, from 0, of what libyaml's composer would crash on.

    It is recursive, and overflows the stack at some 10,000 levels.
    """
    if sum(map(text.count, "[{-?")) < MANY:
        return None
    depth = 0
    events: Iterable[Any] = yaml.parse(text, loader)
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return event.start_mark.line, event.start_mark.column
    return None


def is_deep(data: object) -> bool:
    """Tell whether plain data is nested too deeply."""
    level = [data]
    for _ in range(DEEPEST + 1):
        level = [inner for each in level for inner in _within(each)]
        if not level:
            return False
    return True


def _within(data: object) -> Iterable[object]:
    if isinstance(data, Mapping):
        return data.values()
    return data if isinstance(data, list) else ()
