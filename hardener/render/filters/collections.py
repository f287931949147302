"""Filters over lists and mappings; the order of a list stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2.exceptions import FilterArgumentError

from hardener.render.plain import plain


def combine(*mappings: Any, recursive: bool = False, list_merge: str = "replace") -> dict[str, Any]:
    """Merge mappings, or lists of them; later ones win."""
    result: dict[str, Any] = {}
    for mapping in _flat(mappings):
        if not isinstance(mapping, Mapping):
            raise FilterArgumentError(f"combine needs mappings, found {plain(mapping)!r}")
        result = _merge(result, mapping, recursive, list_merge)
    return result


def _flat(items: Iterable[Any]) -> Iterable[Any]:
    for item in items:
        yield from _flat(item) if isinstance(item, (list, tuple)) else [item]


def _merge(
    old: Mapping[str, Any], new: Mapping[str, Any], deep: bool, lists: str
) -> dict[str, Any]:
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        if deep and isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = _merge(before, value, deep, lists)
        elif isinstance(before, list) and isinstance(value, list):
            result[key] = _LISTS[lists](before, value)
        else:
            result[key] = value
    return result


_LISTS: Mapping[str, Callable[[list[Any], list[Any]], list[Any]]] = {
    "replace": lambda old, new: new,
    "keep": lambda old, new: old,
    "append": lambda old, new: old + new,
    "prepend": lambda old, new: new + old,
    "append_rp": lambda old, new: [each for each in old if each not in new] + new,
    "prepend_rp": lambda old, new: new + [each for each in old if each not in new],
}


def unique(items: Iterable[Any]) -> list[Any]:
    """Leave out repetitions; the order stays."""
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def union(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """All items of both, each once."""
    return unique([*first, *second])


def difference(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """Items of the first that are not in the second."""
    others = list(second)
    return unique(item for item in first if item not in others)


def intersect(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """Items that are in both."""
    others = list(second)
    return unique(item for item in first if item in others)


def symmetric_difference(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """Items that are in one of both alone."""
    one, other = list(first), list(second)
    return [*difference(one, other), *difference(other, one)]


def flatten(items: Iterable[Any], levels: int | None = None, skip_nulls: bool = True) -> list[Any]:
    """Take lists out of lists; None in them is left out."""
    found: list[Any] = []
    for item in items:
        if isinstance(item, (list, tuple)) and levels != 0:
            found += flatten(item, None if levels is None else levels - 1, skip_nulls)
        elif item is not None or not skip_nulls:
            found.append(item)
    return found


def dict2items(mapping: Mapping[str, Any], key_name: str = "key", value_name: str = "value") -> Any:
    """Make `[{key: …, value: …}]` of a mapping, to loop over."""
    return [{key_name: key, value_name: value} for key, value in mapping.items()]


def items2dict(items: Iterable[Mapping[str, Any]], key_name: str = "key",
               value_name: str = "value") -> dict[str, Any]:  # fmt: skip
    """Make a mapping of `[{key: …, value: …}]`."""
    return {item[key_name]: item[value_name] for item in items}
