"""`with_…`: what is a `loop` here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hardener.ansible import shorthand
from hardener.ansible.expressions import inside
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template

SIMPLE = re.compile(r"[\w.]+(\s*\|\s*\w+(\([^()]*\))?)*")
FIRST = ("with_first_found", "with_ansible.builtin.first_found")


def loop(name: str, value: Any) -> Any:
    """Return the list, or the template, of a loop by the name of its keyword."""
    kind = name.removeprefix("with_").rpartition(".")[2]
    if kind in ("loop", "list"):
        return value
    if kind not in KINDS:
        raise Left(f"`{name}`: there is only `loop` here, of a list")
    return KINDS[kind](value)


def _flat(value: Any, levels: str = "1") -> Any:
    """Take lists out of lists, as with_items does one level deep."""
    if not isinstance(value, list):
        return f"{{{{ {_piped(value)} | flatten({levels}) }}}}"
    if any(has_template(each) for each in value):
        each = ", ".join(inside(one) if has_template(one) else repr(one) for one in value)
        return f"{{{{ [{each}] | flatten({levels}) }}}}"
    flat: list[Any] = []
    for one in value:
        flat += one if isinstance(one, list) else [one]
    return flat


def _dict(value: Any) -> Any:
    if isinstance(value, dict):
        return [{"key": name, "value": each} for name, each in value.items()]
    return f"{{{{ {_piped(value)} | dict2items }}}}"


def _parts(value: Any, name: str) -> list[str]:
    """Return an expression for each of several lists."""
    if not isinstance(value, list) or len(value) < 2:
        raise Left(f"`with_{name}` of less than two lists")
    return [repr(each) if isinstance(each, list) else _piped(each) for each in value]


def _together(value: Any) -> str:
    first, *rest = _parts(value, "together")
    return f"{{{{ {first} | zip_longest({', '.join(rest)}) | list }}}}"


def _nested(value: Any) -> str:
    first, *rest = _parts(value, "nested")
    return f"{{{{ {first} | product({', '.join(rest)}) | list }}}}"


def _subelements(value: Any) -> str:
    if not isinstance(value, list) or len(value) not in (2, 3) or not isinstance(value[1], str):
        raise Left("`with_subelements` needs a list and the name of what is in it")
    skip = len(value) == 3 and isinstance(value[2], dict) and value[2].get("skip_missing")
    more = ", skip_missing=true" if skip else ""
    return f"{{{{ {_piped(value[0])} | subelements({value[1]!r}{more}) }}}}"


def _indexed(value: Any) -> str:
    flat = _flat(value)
    items = repr(flat) if isinstance(flat, list) else f"({flat[2:-2].strip()})"
    return f"{{{{ range({items} | length) | zip({items}) | list }}}}"


def _sequence(value: Any) -> str:
    """`start=1 end=5 stride=2 format=web%02d`, or the same as a mapping: texts."""
    given = shorthand.pairs(value) if isinstance(value, str) else dict(value or {})
    if not given or given.keys() - {"start", "end", "count", "stride", "format"}:
        raise Left("`with_sequence` of something else than `start`, `end`, `count` …")
    words = ", ".join(f"{key}={_argument(each)}" for key, each in given.items())
    return f"{{{{ query('sequence', {words}) }}}}"


def _argument(value: Any) -> str:
    return inside(value) if has_template(value) else repr(value)


def _fileglob(value: Any) -> str:
    listed = value if isinstance(value, list) else [value]
    return f"{{{{ query('fileglob', {', '.join(map(_argument, listed))}) }}}}"


def _first_found(value: Any) -> str:
    names = first_found(value)
    return f"{{{{ query('first_found', [{', '.join(map(_argument, names))}]) }}}}"


def first_found(value: Any) -> list[str]:
    """Return the names of which the first that is there counts."""
    listed = value if isinstance(value, list) else [value]
    found: list[str] = []
    for each in listed:
        files = each.get("files", []) if isinstance(each, dict) else each
        paths = each.get("paths", []) if isinstance(each, dict) else []
        names = [files] if isinstance(files, str) else files
        below = [paths] if isinstance(paths, str) else paths
        found += [f"{folder.rstrip('/')}/{one}" for folder in below for one in names] or names
    if not found or not all(isinstance(each, str) for each in found):
        raise Left("`with_first_found` of something else than names of files")
    return found


KINDS: dict[str, Callable[[Any], Any]] = {
    "items": _flat,
    "flattened": lambda value: _flat(value, ""),
    "dict": _dict,
    "together": _together,
    "nested": _nested,
    "cartesian": _nested,
    "subelements": _subelements,
    "indexed_items": _indexed,
    "sequence": _sequence,
    "fileglob": _fileglob,
    "first_found": _first_found,
}


def _piped(value: Any) -> str:
    """Return an expression that a filter may follow: `|` binds closer than `+` or `or`."""
    whole = inside(value)
    return whole if SIMPLE.fullmatch(whole) else f"({whole})"
