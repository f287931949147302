"""Host patterns of inventory files: `web[01:03].example.com`, `db[a:c:2]`, `[2001:db8::1]:2022`."""

from __future__ import annotations

import ipaddress
import itertools
import math
import re
import string
from collections.abc import Iterable

MOST = 100_000  # hosts of one pattern
DIGITS = 18
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_RANGE = re.compile(r"[^:\[\]]*:[^:\[\]]+(:[^:\[\]]+)?")
_WITH_PORT = re.compile(r"((?:[^:\[\]]|\[[^\]]*\])+):([0-9]+)")
_V6_WITH_PORT = re.compile(r"\[(.+)\]:([0-9]+)")


def expand(pattern: str) -> tuple[list[str], int | None]:
    """Return the names that a pattern stands for and its port; ValueError says what is wrong."""
    name, port = _split_port(pattern)
    if is_ipv6(name):
        return [name], port
    if name.count("[") != name.count("]"):
        raise ValueError(f"{pattern!r} has a bracket without its partner")
    if name.endswith(":"):
        raise ValueError(f"{pattern!r} ends in a colon: a port number belongs after it")
    parts = _BRACKETS.split(name)
    choices = [_sequence(part) if odd else [part] for part, odd in _marked(parts)]
    if math.prod(map(len, choices)) > MOST:
        raise ValueError(f"{pattern!r} stands for more than {MOST} hosts")
    return ["".join(combination) for combination in itertools.product(*choices)], port


def is_ipv6(text: str) -> bool:
    """Tell `2001:db8::1` from `host:22` and from a list of patterns."""
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _split_port(pattern: str) -> tuple[str, int | None]:
    if is_ipv6(pattern):
        return pattern, None
    match = _V6_WITH_PORT.fullmatch(pattern)
    if not match or _RANGE.fullmatch(match[1]):
        match = _WITH_PORT.fullmatch(pattern)
    return (match[1], int(match[2])) if match else (pattern, None)


def _marked(parts: list[str]) -> Iterable[tuple[str, bool]]:
    return ((part, bool(index % 2)) for index, part in enumerate(parts))


def _sequence(inside: str) -> list[str]:
    if not _RANGE.fullmatch(inside):
        raise ValueError(f"[{inside}] is no range: write [first:last] or [first:last:step]")
    first, last, *rest = inside.split(":")
    if max(map(len, (first, last, *rest))) > DIGITS:
        raise ValueError(f"[{inside[:DIGITS]}…] has a number of more than {DIGITS} digits")
    first = first or "0"
    step = int(rest[0]) if rest and _is_number(rest[0]) else 0 if rest else 1
    if step < 1:
        raise ValueError(f"[{inside}]: the step must be a number from 1 up")
    if _is_number(first) and _is_number(last):
        return _numbers(first, last, step, inside)
    return _letters(first, last, step, inside)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _numbers(first: str, last: str, step: int, inside: str) -> list[str]:
    padded = len(first) > 1 and first.startswith("0")
    if padded and len(first) != len(last):
        raise ValueError(f"[{inside}]: with leading zeros both ends need the same length")
    numbers = range(int(first), int(last) + 1, step)
    if len(numbers) > MOST:
        raise ValueError(f"[{inside}] stands for more than {MOST} hosts")
    return [str(number).zfill(len(first) if padded else 0) for number in numbers]


def _letters(first: str, last: str, step: int, inside: str) -> list[str]:
    letters = string.ascii_letters
    if len(first) != 1 or len(last) != 1 or first not in letters or last not in letters:
        raise ValueError(f"[{inside}]: both ends must be numbers, or both a letter")
    if letters.index(first) > letters.index(last):
        raise ValueError(f"[{inside}] runs backwards")
    return list(letters[letters.index(first) : letters.index(last) + 1 : step])
