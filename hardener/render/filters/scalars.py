"""Filters over single values."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import FilterArgumentError

_TRUE = {"true", "yes", "on", "1", "y", "t"}
_FALSE = {"false", "no", "off", "0", "n", "f"}


def digest(value: object, algorithm: str = "sha1") -> str:
    """Hash text; hexadecimal."""
    return hashlib.new(algorithm, str(value).encode(), usedforsecurity=False).hexdigest()


def split(value: str, separator: str | None = None, most: int = -1) -> list[str]:
    """Cut a text at a separator, or at white space."""
    return value.split(separator, most)


def version_sort(items: Iterable[Any], reverse: bool = False) -> list[Any]:
    """Sort as versions: 1.10 after 1.9."""
    return sorted(items, key=lambda each: parts(str(each)), reverse=reverse)


def parts(text: str) -> list[tuple[int, int, str]]:
    """Take a version apart; words sort before what is missing, numbers after it: 1.0rc1 < 1.0 < 1.0.1."""
    found = re.findall(r"\d+|[a-zA-Z]+", text)
    return [
        (1 if int(part) else 0, int(part), "") if part.isdigit() else (-1, 0, part)
        for part in found
    ]


def quote(value: object) -> str:
    """Make one word of it for a shell."""
    return shlex.quote("" if value is None else str(value))


def to_bool(value: object) -> bool:
    """Read a boolean; what is neither a yes nor a no is an error, not a no."""
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise FilterArgumentError(f"{value!r} is no boolean: expected one of true, false, yes, no")
    return word in _TRUE


def mandatory(value: object, msg: str | None = None) -> object:
    """Refuse what is not defined, in words of its own."""
    if isinstance(value, Undefined):
        raise FilterArgumentError(msg or "a mandatory variable is not defined")
    return value


def ternary(value: object, true: object, false: object, none: object = None) -> object:
    """Choose by a boolean; `none` where the value is None."""
    if value is None and none is not None:
        return none
    return true if value else false
