"""Text that holds nothing but `{{ name }}` and `{{ name.part }}`: rendered without compiling.

Most templates of a playbook are like this, and jinja takes 0.7 ms to compile each. Of conditions it
knows those that jinja is certain to read: names compared, counted, asked whether they are defined.
So a playbook is checked, and its hosts are being connected to, before jinja has been loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

_NAME = re.compile(r"\{\{ *([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) *\}\}")
_OTHER = re.compile(r"\{[{%#]")
_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_TEXT = r"""'[^'\\]*'|"[^"\\]*\""""
_TERM = rf"(?:{_DOTTED}(?: ?\| ?(?:bool|int|length))?|{_TEXT}|0|[1-9]\d*)"
_ASKED = rf"(?:{_DOTTED} is (?:not )?defined|(?:not )?{_TERM}(?: ?(?:[=!<>]=|[<>]) ?{_TERM})?)"
_CONDITION = re.compile(rf"{_ASKED}(?: (?:and|or) {_ASKED})*", re.ASCII)
_USED = re.compile(rf"{_TEXT}|is (?:not )?defined|\b(?:and|or|not) |({_DOTTED})", re.ASCII)
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


def is_condition(source: str) -> bool:
    """Tell whether this is certainly an expression, of names that are no words of jinja's."""
    if not _CONDITION.fullmatch(source):
        return False
    return not any(_is_word(name) for name in _USED.findall(source))


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
