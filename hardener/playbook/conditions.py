"""What `only_when`, `only_with` and `required_when` of our schemas ask of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hardener.playbook.templates import has_template


def value(key: str, params: Any, schema: Any) -> Any:
    """Return what a parameter is, given or by default."""
    return params.get(key, schema["properties"][key].get("default"))


def met(conditions: Any, params: Any, schema: Any) -> bool:
    """Tell whether all of the conditions hold."""
    return all(value(key, params, schema) in wanted for key, wanted in conditions.items())


def unmet(conditions: Any, params: Any, schema: Any) -> Iterator[tuple[str, list[str], Any]]:
    """Yield (parameter, what it should be, what it is) where a condition does not hold.

    What is none of its parameter's values is a mistake of its own, and says nothing of others.
    """
    for key, wanted in conditions.items():
        found = value(key, params, schema)
        known = schema["properties"][key].get("enum", (found,))
        if found not in wanted and found in known and not has_template(found):
            yield key, wanted, found


def at(path: str, params: Any, schema: Any) -> Iterator[tuple[tuple[str | int, ...], Any, Any]]:
    """Yield (where, value, its schema) of what stands at a path such as `indexes[].name`."""
    first, _, rest = path.partition(".")
    name = first.removesuffix("[]")
    if not isinstance(params, dict) or name not in params:
        return
    found, each = params[name], schema["properties"][name]
    listed = first.endswith("[]")
    items = list(enumerate(found)) if listed and isinstance(found, list) else []
    for place, value in [((name, n), item) for n, item in items] if listed else [((name,), found)]:
        inner = each["items"] if listed else each
        if not rest:
            yield place, value, inner
        for below, deep, deepest in at(rest, value, inner) if rest else ():
            yield (*place, *below), deep, deepest


def misplaced(table: Any, params: Any, schema: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield (where, the parameter that it goes with) of what `only_with` says something about nothing."""
    for path, other in table.items():
        for place, value, each in at(path, params, schema) if other not in params else ():
            if value != each.get("default"):
                yield place, other
