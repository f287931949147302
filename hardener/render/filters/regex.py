"""Filters with regular expressions, in Python's syntax."""

from __future__ import annotations

import re
from typing import Any

from jinja2.exceptions import FilterArgumentError


def regex_replace(
    value: object,
    pattern: str,
    replacement: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
    mandatory_count: int = 0,
) -> str:
    r"""Replace all matches; groups are `\1`, as Python has it."""
    regex = _regex(pattern, ignorecase, multiline)
    replaced, done = regex.subn(replacement, str(value), count=count)
    if mandatory_count and mandatory_count != done:
        raise FilterArgumentError(f"regex_replace matched {done} times, not {mandatory_count}")
    return replaced


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


def regex_escape(value: object, re_type: str = "python") -> str:
    """Make text match itself in a pattern."""
    if re_type == "python":
        return re.escape(str(value))
    if re_type == "posix_basic":
        return re.sub(r"([].[^$*\\])", r"\\\1", str(value))
    raise FilterArgumentError(f"regex_escape knows python, posix_basic; found {re_type!r}")


def _regex(pattern: str, ignorecase: bool, multiline: bool) -> re.Pattern[str]:
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    return re.compile(pattern, flags)
