"""Filters over paths and addresses in the web: of this machine, where they look at files."""

from __future__ import annotations

import glob
import os.path
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from jinja2.exceptions import FilterArgumentError


def path_join(parts: str | Sequence[str]) -> str:
    """Join parts of a path; an absolute one begins anew."""
    return os.path.join(*([parts] if isinstance(parts, str) else parts))  # noqa: PTH118 - pathlib would tidy the text


def relpath(path: str, start: str = ".") -> str:
    return os.path.relpath(path, start)


def commonpath(paths: Sequence[str]) -> str:
    return os.path.commonpath(list(paths))


def fileglob(pattern: str) -> list[str]:
    """Return the files of this machine that fit."""
    found = glob.glob(pattern)  # noqa: PTH207 - pathlib takes no absolute pattern
    return [path for path in found if Path(path).is_file()]


PARTS = (
    *("fragment", "hostname", "netloc", "password", "path", "port", "query", "scheme"),
    "username",
)


def split_url(value: str, query: str = "") -> Any:
    """Take an address in the web apart, or return one part of it."""
    found = urlsplit(value)
    parts = {name: getattr(found, name) for name in PARTS}
    if query and query not in parts:
        raise FilterArgumentError(f"urlsplit knows {', '.join(PARTS)}; found {query!r}")
    return parts[query] if query else parts


def urldecode(value: str) -> str:
    """Read what `urlencode` wrote."""
    return unquote_plus(value)
