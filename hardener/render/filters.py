"""Ansible's everyday filters, by their names there. Jinja's own come with jinja."""

from __future__ import annotations

import base64
import hashlib
import json
import os.path
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import yaml
from jinja2.exceptions import FilterArgumentError

from hardener.render.password import password_hash
from hardener.render.plain import plain

_TRUE = {"true", "yes", "on", "1", "y", "t"}
_FALSE = {"false", "no", "off", "0", "n", "f"}
_REFERENCE = re.compile(r"\$\{?(\d+)\}?")


def to_json(value: object, **options: Any) -> str:
    """Print JSON on one line."""
    return json.dumps(plain(value), **options)


def to_nice_json(value: object, indent: int = 4, sort_keys: bool = True, **options: Any) -> str:
    """Print JSON for people: indented, sorted."""
    return json.dumps(plain(value), indent=indent, sort_keys=sort_keys, **options)


def to_yaml(value: object, **options: Any) -> str:
    """Print YAML; innermost lists and mappings stay on one line."""
    given = {"allow_unicode": True, "default_flow_style": None, **options}
    return str(yaml.safe_dump(plain(value), **given))


def to_nice_yaml(value: object, indent: int = 4, **options: Any) -> str:
    """Print YAML for people: one item a line."""
    given = {"allow_unicode": True, "default_flow_style": False, **options}
    return str(yaml.safe_dump(plain(value), indent=indent, **given))


def b64encode(value: object, encoding: str = "utf-8") -> str:
    """Encode text as base64 without line breaks."""
    return base64.b64encode(str(value).encode(encoding)).decode()


def b64decode(value: str, encoding: str = "utf-8") -> str:
    """Decode base64; what it holds must be text."""
    return base64.b64decode(value, validate=True).decode(encoding)


def regex_replace(
    value: object,
    pattern: str,
    replacement: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
) -> str:
    r"""Replace all matches; groups are `\1`, as Python has it."""
    return _regex(pattern, ignorecase, multiline).sub(replacement, str(value), count=count)


def regex_search(
    value: object, pattern: str, *groups: str, ignorecase: bool = False, multiline: bool = False
) -> str | list[str | None] | None:
    r"""Return the first match, or the groups asked for (`\\1`, `\\g<name>`), or None."""
    match = _regex(pattern, ignorecase, multiline).search(str(value))
    if not match or not groups:
        return match.group() if match else None
    return [match.group(_group(group)) for group in groups]


def _group(name: str) -> str | int:
    if numbered := re.fullmatch(r"\\(\d+)", name):
        return int(numbered[1])
    if named := re.fullmatch(r"\\g<(\w+)>", name):
        return named[1]
    raise FilterArgumentError(f"regex_search: expected \\\\1 or \\\\g<name>, found {name!r}")


def regex_findall(
    value: object, pattern: str, multiline: bool = False, ignorecase: bool = False
) -> list[Any]:
    """Return all matches (of the group, where the pattern has one)."""
    return _regex(pattern, ignorecase, multiline).findall(str(value))


def regex_escape(value: object) -> str:
    """Make text match itself in a pattern."""
    return re.escape(str(value))


def _regex(pattern: str, ignorecase: bool, multiline: bool) -> re.Pattern[str]:
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    return re.compile(pattern, flags)


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


def digest(value: object, algorithm: str = "sha1") -> str:
    """Hash text; hexadecimal."""
    return hashlib.new(algorithm, str(value).encode(), usedforsecurity=False).hexdigest()


def quote(value: object) -> str:
    """Make one word of it for a shell."""
    return shlex.quote("" if value is None else str(value))


def to_bool(value: object) -> bool:
    """Read a boolean; what is neither a yes nor a no is an error, not a no."""
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise FilterArgumentError(f"{value!r} is no boolean: expected one of true, false, yes, no")
    return word in _TRUE


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


def ternary(value: object, true: object, false: object, none: object = None) -> object:
    """Choose by a boolean; `none` where the value is None."""
    if value is None and none is not None:
        return none
    return true if value else false


def yaml_all(value: str) -> Any:
    """Read YAML text."""
    return yaml.safe_load(value)


def flatten(items: Iterable[Any], levels: int | None = None) -> list[Any]:
    """Take lists out of lists; None in them is left out."""
    found: list[Any] = []
    for item in items:
        if isinstance(item, (list, tuple)) and levels != 0:
            found += flatten(item, None if levels is None else levels - 1)
        elif item is not None:
            found.append(item)
    return found


def dict2items(mapping: Mapping[str, Any], key_name: str = "key", value_name: str = "value") -> Any:
    """Make `[{key: …, value: …}]` of a mapping, to loop over."""
    return [{key_name: key, value_name: value} for key, value in mapping.items()]


def items2dict(items: Iterable[Mapping[str, Any]], key_name: str = "key",
               value_name: str = "value") -> dict[str, Any]:  # fmt: skip
    """Make a mapping of `[{key: …, value: …}]`."""
    return {item[key_name]: item[value_name] for item in items}


FILTERS: Mapping[str, Callable[..., Any]] = {
    "to_json": to_json, "to_nice_json": to_nice_json, "from_json": json.loads,
    "to_yaml": to_yaml, "to_nice_yaml": to_nice_yaml, "from_yaml": yaml_all,
    "b64encode": b64encode, "b64decode": b64decode,
    "regex_replace": regex_replace, "regex_search": regex_search,
    "regex_findall": regex_findall, "regex_escape": regex_escape,
    "combine": combine, "hash": digest, "password_hash": password_hash, "quote": quote,
    "basename": os.path.basename, "dirname": os.path.dirname,
    "bool": to_bool, "ternary": ternary,
    "unique": unique, "union": union, "difference": difference, "intersect": intersect,
    "flatten": flatten, "dict2items": dict2items, "items2dict": items2dict,
}  # fmt: skip
