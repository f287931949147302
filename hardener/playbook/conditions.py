"""What `only_when` and `required_when` of our schemas ask of parameters."""

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
    """Yield (parameter, what it should be, what it is) where a condition does not hold."""
    for key, wanted in conditions.items():
        found = value(key, params, schema)
        if found not in wanted and not has_template(found):
            yield key, wanted, found
