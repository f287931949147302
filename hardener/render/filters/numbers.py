"""Filters over numbers, and those that draw by a seed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from random import Random
from typing import Any

from jinja2.exceptions import FilterArgumentError

UNITS = {unit: 1 << (10 * power) for power, unit in enumerate("BKMGTPEZY")}
SIZE = re.compile(r"([0-9]*\.?[0-9]+)(?:\s*([A-Za-z]+))?\s*")

Seed = int | float | str | bytes | None


def human_readable(size: Any, isbits: bool = False, unit: str | None = None) -> str:
    """Print bytes as people read them: 1.50 GB."""
    word = "bits" if isbits else "Bytes"
    for letter, limit in sorted(UNITS.items(), key=lambda each: -each[1]):
        if (unit is None and float(size) >= limit) or (unit and unit[0].upper() == letter):
            return f"{float(size) / limit:.2f} {word if limit == 1 else letter + word[0]}"
    return f"{float(size):.2f} {word}"


def human_to_bytes(size: object, default_unit: str | None = None, isbits: bool = False) -> int:
    """Read `1.5G`, `10 MB` or, with `isbits`, `10Mb`."""
    found = SIZE.fullmatch(str(size))
    if not found:
        raise FilterArgumentError(f"human_to_bytes needs a size such as 10M, found {size!r}")
    number, unit = float(found[1]), found[2] or default_unit
    if unit is None:
        return round(number)
    one, many = ("b", ("bit", "bits")) if isbits else ("B", ("byte", "bytes"))
    rest = unit[1:]
    known = unit[0].upper() in UNITS and (rest in ("", one) or rest.lower() in many)
    if not known and unit.lower() not in many:
        raise FilterArgumentError(f"human_to_bytes knows no unit {unit!r}")
    return round(number * UNITS[unit[0].upper()])


def log(number: float, base: float = math.e) -> float:
    """Take the logarithm."""
    return math.log10(number) if base == 10 else math.log(number, base)


def power(number: float, exponent: float) -> float:
    """Raise to a power."""
    return math.pow(number, exponent)


def root(number: float, base: float = 2) -> float:
    """Take the square root, or another one."""
    return math.sqrt(number) if base == 2 else math.pow(number, 1.0 / float(base))


def random(
    end: Any, start: int | None = None, step: int | None = None, seed: Seed = None
) -> object:
    """Draw a number below `end`, or one of a list; with a seed, or every run would change the host."""
    draw = _seeded("random", seed)
    if isinstance(end, int):
        return draw.randrange(start or 0, end, step or 1)
    if start or step:
        raise FilterArgumentError("random takes `start` and `step` with a number only")
    return draw.choice(list(end))


def shuffle(items: Sequence[Any], seed: Seed = None) -> list[Any]:
    """Mix the order of a list, by a seed."""
    mixed = list(items)
    _seeded("shuffle", seed).shuffle(mixed)
    return mixed


def _seeded(name: str, seed: Seed) -> Random:
    if seed is None:
        raise FilterArgumentError(
            f"{name} without a seed gives something else at every run: "
            f"write `{name}(seed=inventory_hostname)`"
        )
    return Random(seed)  # noqa: S311 - as Ansible draws, for no secret
