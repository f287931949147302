"""Read values that templates gave, or `-e` as text: booleans, numbers, sizes of batches."""

from __future__ import annotations

import re

from jinja2.exceptions import FilterArgumentError

from hardener.errors import HardenerError
from hardener.render.filters.scalars import to_bool


def flag(value: object, where: str) -> bool:
    """Read a boolean, which may have come as text by -e."""
    try:
        return to_bool(value)
    except FilterArgumentError as error:
        raise HardenerError(str(error), where=where) from error


def number(value: object, where: str) -> float:
    try:
        return float(str(value).removesuffix("%"))
    except ValueError as error:
        raise HardenerError(f"{value!r} is no number", where=where) from error


def size(value: object, where: str) -> str:
    """Check one size of a batch: a number of hosts, or a share such as 30%."""
    if not re.fullmatch(r"[1-9]\d*|\d+(\.\d+)?%", str(value)):
        what = f"{value!r} is no size of a batch: a number of hosts, or a share such as 30%"
        raise HardenerError(what, where=where)
    return str(value)


def strategy(value: object, where: str) -> str:
    if value not in ("free", "linear"):
        raise HardenerError(f"{value!r} is no strategy: free or linear", where=where)
    return str(value)
