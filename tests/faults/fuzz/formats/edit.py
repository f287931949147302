"""What is known of an edit of a text, whatever its format."""

from collections.abc import Callable
from typing import Any, NamedTuple

from hardener.host.text import encoding, newlines


class Edit(NamedTuple):
    """One way to change a text.

    `touched(text, …)` numbers the lines that may change or go, `added(…)` says how many may come.
    """

    arguments: Any
    run: Callable[..., str]
    found: Callable[..., bool]
    touched: Callable[..., set[int]]
    added: Callable[..., int]
    split: Callable[[str], list[str]]


def own_lines(text: str) -> list[str]:
    """Without the mark of byte order, which belongs to no line."""
    return newlines.split(encoding.parted(text)[1])


def none(*_: Any) -> int:
    return 0


def one(*_: Any) -> int:
    return 1


def bare(text: str) -> list[str]:
    return [newlines.bare(line) for line in own_lines(text)]
