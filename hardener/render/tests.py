"""Ansible's everyday tests, what stands after `is`: `result is changed`, `v is version(…)`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from itertools import zip_longest
from typing import Any

from jinja2.exceptions import FilterArgumentError

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "=": operator.eq, "eq": operator.eq,
    "!=": operator.ne, "<>": operator.ne, "ne": operator.ne,
    "<": operator.lt, "lt": operator.lt, "<=": operator.le, "le": operator.le,
    ">": operator.gt, "gt": operator.gt, ">=": operator.ge, "ge": operator.ge,
}  # fmt: skip


def version(value: object, other: object, compare: str = "==", strict: bool = False) -> bool:
    """Compare as versions: numbers as numbers, so that 1.10 is after 1.9."""
    if compare not in _COMPARE:
        raise FilterArgumentError(f"version knows {', '.join(_COMPARE)}; found {compare!r}")
    return _COMPARE[compare](*_keys(str(value), str(other)))


def _keys(first: str, second: str) -> tuple[list[Any], list[Any]]:
    pairs = list(zip_longest(_parts(first), _parts(second), fillvalue=(0, 0, "")))
    return [left for left, _ in pairs], [right for _, right in pairs]


def _parts(text: str) -> list[tuple[int, int, str]]:
    """Words sort before what is missing, numbers after it: 1.0rc1 < 1.0 < 1.0.1."""
    found = re.findall(r"\d+|[a-zA-Z]+", text)
    return [(1 if int(part) else 0, int(part), "") if part.isdigit() else (-1, 0, part)
            for part in found]  # fmt: skip


def match(value: object, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:
    """Tell whether the pattern matches at the start."""
    return bool(_regex(pattern, ignorecase, multiline).match(str(value)))


def search(value: object, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:
    """Tell whether the pattern matches anywhere."""
    return bool(_regex(pattern, ignorecase, multiline).search(str(value)))


def _regex(pattern: str, ignorecase: bool, multiline: bool) -> re.Pattern[str]:
    return re.compile(
        pattern, (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    )


def contains(value: Collection[Any], item: object) -> bool:
    """`in` the other way round, for selectattr."""
    return item in value


def subset(value: Collection[Any], other: Collection[Any]) -> bool:
    """Tell whether the other one has all items."""
    return all(item in other for item in value)


def superset(value: Collection[Any], other: Collection[Any]) -> bool:
    """Tell whether this one has all items of the other."""
    return subset(other, value)


def truthy(value: object, convert_bool: bool = False) -> bool:
    """Tell whether it is anything at all; with `convert_bool`, texts such as `no` are not."""
    words = {"no": False, "off": False, "false": False, "0": False, "n": False, "f": False}
    return words.get(str(value).lower(), bool(value)) if convert_bool else bool(value)


def falsy(value: object, convert_bool: bool = False) -> bool:
    """The opposite of `truthy`."""
    return not truthy(value, convert_bool)


def changed(result: Mapping[str, Any]) -> bool:
    """Tell whether a registered step changed something."""
    return bool(_result(result).get("changed", False))


def failed(result: Mapping[str, Any]) -> bool:
    """Tell whether a registered step failed."""
    return bool(_result(result).get("failed", False))


def skipped(result: Mapping[str, Any]) -> bool:
    """Tell whether a registered step was skipped."""
    return bool(_result(result).get("skipped", False))


def succeeded(result: Mapping[str, Any]) -> bool:
    """Tell whether a registered step did not fail."""
    return not failed(result)


def _result(result: object) -> Mapping[str, Any]:
    if not isinstance(result, Mapping):
        raise FilterArgumentError("this test needs the result of a step (`register`)")
    return result


TESTS: Mapping[str, Callable[..., bool]] = {
    "version": version, "match": match, "search": search, "regex": search, "contains": contains,
    "truthy": truthy, "falsy": falsy,
    "subset": subset, "superset": superset, "changed": changed, "change": changed,
    "failed": failed, "failure": failed, "skipped": skipped, "skip": skipped,
    "succeeded": succeeded, "success": succeeded,
}  # fmt: skip
