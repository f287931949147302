"""Ansible's everyday tests, what stands after `is`: `result is changed`, `v is version(…)`."""

from __future__ import annotations

import math
import operator as op
import os.path
import re
from collections.abc import Callable, Collection, Mapping
from itertools import zip_longest
from typing import Any
from urllib.parse import urlsplit

from jinja2.exceptions import FilterArgumentError

from hardener.inventory.marked import Vaulted
from hardener.render.filters import addresses
from hardener.render.filters.scalars import parts

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": op.eq, "=": op.eq, "eq": op.eq,
    "!=": op.ne, "<>": op.ne, "ne": op.ne,
    "<": op.lt, "lt": op.lt, "<=": op.le, "le": op.le,
    ">": op.gt, "gt": op.gt, ">=": op.ge, "ge": op.ge,
}  # fmt: skip


def version(
    value: object,
    other: object,
    operator: str = "==",
    strict: bool | None = None,
    version_type: str | None = None,
) -> bool:
    """Compare as versions: numbers as numbers, so that 1.10 is after 1.9."""
    if operator not in _COMPARE:
        raise FilterArgumentError(f"version knows {', '.join(_COMPARE)}; found {operator!r}")
    return _COMPARE[operator](*_keys(str(value), str(other)))


def _keys(first: str, second: str) -> tuple[list[Any], list[Any]]:
    pairs = list(zip_longest(parts(first), parts(second), fillvalue=(0, 0, "")))
    return [left for left, _ in pairs], [right for _, right in pairs]


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


def regex(
    value: object,
    pattern: str,
    ignorecase: bool = False,
    multiline: bool = False,
    match_type: str = "search",
) -> bool:
    """Tell whether the pattern matches anywhere, at the start (`match`) or the whole (`fullmatch`)."""
    if match_type not in ("search", "match", "fullmatch"):
        raise FilterArgumentError(f"regex knows search, match, fullmatch; found {match_type!r}")
    return bool(getattr(_regex(pattern, ignorecase, multiline), match_type)(str(value)))


def uri(value: object, schemes: Collection[str] = ()) -> bool:
    """Tell whether it has a scheme, and one of these."""
    scheme = urlsplit(str(value)).scheme
    return bool(scheme) and (not schemes or scheme in schemes)


def url(value: object, schemes: Collection[str] = ()) -> bool:
    """Tell whether it is an address in the web: with a scheme and a host."""
    return uri(value, schemes) and bool(urlsplit(str(value)).netloc)


def all_true(items: Collection[Any]) -> bool:
    """Tell whether none of the items is false."""
    return all(items)


def any_true(items: Collection[Any]) -> bool:
    """Tell whether one of the items is true."""
    return any(items)


def nan(value: object) -> bool:
    """Tell whether it is no number that counts."""
    return isinstance(value, float) and math.isnan(value)


def vault_encrypted(value: object) -> bool:
    """Tell whether it is the text of a vault."""
    return isinstance(value, Vaulted) or str(value).startswith("$ANSIBLE_VAULT")


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
    "version": version, "version_compare": version, "match": match, "search": search,
    "regex": regex, "contains": contains, "all": all_true, "any": any_true,
    "nan": nan, "isnan": nan, "uri": uri, "url": url, "vault_encrypted": vault_encrypted,
    "exists": os.path.exists, "file": os.path.isfile, "directory": os.path.isdir,
    "link": os.path.islink, "link_exists": os.path.lexists, "mount": os.path.ismount,
    "abs": os.path.isabs, "same_file": os.path.samefile, "is_abs": os.path.isabs,
    "is_file": os.path.isfile, "is_dir": os.path.isdir, "is_link": os.path.islink,
    "issubset": subset, "issuperset": superset,
    "in_network": addresses.in_network,
    "successful": succeeded,
    "truthy": truthy, "falsy": falsy,
    "subset": subset, "superset": superset, "changed": changed, "change": changed,
    "failed": failed, "failure": failed, "skipped": skipped, "skip": skipped,
    "succeeded": succeeded, "success": succeeded,
}  # fmt: skip
