"""Filters that combine lists, and mappings of lists."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jinja2 import Undefined, pass_environment
from jinja2.environment import Environment
from jinja2.exceptions import FilterArgumentError

from hardener.render.filters.collections import combine


def zipped(*lists: Iterable[Any]) -> list[list[Any]]:
    """Go through lists side by side, as long as the shortest."""
    return [list(each) for each in zip(*lists, strict=False)]


def zip_longest(*lists: Iterable[Any], fillvalue: Any = None) -> list[list[Any]]:
    """The same as long as the longest."""
    return [list(each) for each in itertools.zip_longest(*lists, fillvalue=fillvalue)]


def product(*lists: Iterable[Any], repeat: int = 1) -> list[list[Any]]:
    """Every item of one with every item of the others."""
    return [list(each) for each in itertools.product(*lists, repeat=repeat)]


def permutations(items: Iterable[Any], length: int | None = None) -> list[list[Any]]:
    return [list(each) for each in itertools.permutations(items, length)]


def combinations(items: Iterable[Any], length: int) -> list[list[Any]]:
    return [list(each) for each in itertools.combinations(items, length)]


@pass_environment
def extract(environment: Environment, item: Any, container: Any, morekeys: Any = None) -> Any:
    """Look an item up in a container, and on through more keys: for `map`."""
    more = morekeys if isinstance(morekeys, (list, tuple)) else [morekeys]
    found = environment.getitem(container, item)
    for key in more if morekeys is not None else ():
        found = environment.getitem(found, key)
    return found


def subelements(
    obj: Any, subelements: str | Sequence[str], skip_missing: bool = False
) -> list[list[Any]]:
    """Pair each item with every item of a list in it."""
    items = list(obj.values()) if isinstance(obj, Mapping) else list(obj)
    keys = subelements.split(".") if isinstance(subelements, str) else subelements
    return [[item, each] for item in items for each in _below(item, keys, skip_missing)]


def _below(item: Any, keys: Sequence[str], skip_missing: bool) -> list[Any]:
    found = item
    for key in keys:
        if key not in found:
            if skip_missing:
                return []
            raise FilterArgumentError(f"subelements: {key!r} is not in {item!r}")
        found = found[key]
    if not isinstance(found, list):
        raise FilterArgumentError(f"subelements needs a list at {'.'.join(keys)}, found {found!r}")
    return found


def rekey_on_member(data: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """Make a mapping of mappings by a member of theirs."""
    found: dict[Any, Any] = {}
    for each in data.values() if isinstance(data, Mapping) else data:
        if each[key] in found and duplicates == "error":
            raise FilterArgumentError(f"rekey_on_member: {each[key]!r} is there twice")
        found[each[key]] = each
    return found


def to_dict(pairs: Iterable[Any]) -> dict[Any, Any]:
    """Make a mapping of pairs."""
    return dict(tuple(pair) for pair in pairs)


def dict_kv(value: Any, key: str) -> dict[str, Any]:
    """Make a mapping of one key."""
    return {key: value}


def counter(items: Iterable[Any]) -> dict[Any, int]:
    """Count each item."""
    return dict(Counter(items))


def lists_mergeby(*lists: Any, recursive: bool = False, list_merge: str = "replace") -> Any:
    """Merge lists of mappings by a member, whose name comes last."""
    *given, key = lists
    groups = given[0] if len(given) == 1 and given[0] and isinstance(given[0][0], list) else given
    found: dict[Any, Any] = {}
    for each in itertools.chain(*groups):
        before = found.get(each[key], {})
        found[each[key]] = combine(before, each, recursive=recursive, list_merge=list_merge)
    return [found[name] for name in sorted(found)]


def keep_keys(items: Iterable[Any], target: Sequence[str]) -> list[dict[str, Any]]:
    """Keep these keys of mappings."""
    return [{key: value for key, value in each.items() if key in target} for each in items]


def remove_keys(items: Iterable[Any], target: Sequence[str]) -> list[dict[str, Any]]:
    """Leave these keys of mappings out."""
    return [{key: value for key, value in each.items() if key not in target} for each in items]


def type_debug(value: object) -> str:
    """Name the type of a value."""
    return "AnsibleUndefined" if isinstance(value, Undefined) else type(value).__name__
