"""Text that holds nothing but `{{ name }}` and `{{ name.part }}`: rendered without compiling.

Most templates of a playbook are like this, and jinja takes 0.7 ms to compile each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

_NAME = re.compile(r"\{\{ *([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) *\}\}")
_OTHER = re.compile(r"\{[{%#]")
# Words of jinja's language, which are no names.
_WORDS = frozenset(
    [
        "true",
        "false",
        "none",
        "True",
        "False",
        "None",
        "not",
        "and",
        "or",
        "in",
        "is",
        "if",
        "else",
        "self",
    ]
)
Look = Callable[[Mapping[str, object], str], object]


def parts(source: str) -> list[str] | None:
    """Split into text, name, text, … name, text; None if there is more to it."""
    found = _NAME.split(source)
    if any(_OTHER.search(text) for text in found[::2]) or any(map(_is_word, found[1::2])):
        return None
    return found


def names(found: list[str]) -> frozenset[str]:
    """Name the variables that are used."""
    return frozenset(name.partition(".")[0] for name in found[1::2])


def _is_word(name: str) -> bool:
    return not _WORDS.isdisjoint(name.split("."))


def joined(
    found: list[str], scope: Mapping[str, object], look: Look, text: Callable[[object], object]
) -> object:
    """Look each name up and join; a single name alone keeps its type."""
    if len(found) == 3 and not found[0] and not found[2]:
        return look(scope, found[1])
    return "".join(_pieces(found, scope, look, text))


def _pieces(
    found: list[str], scope: Mapping[str, object], look: Look, text: Callable[[object], object]
) -> Iterator[str]:
    for index, part in enumerate(found):
        yield str(text(look(scope, part))) if index % 2 else part
