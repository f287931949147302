"""Text that holds nothing but `{{ name }}` and `{{ name.part }}`: rendered without compiling.

Most templates of a playbook are like this, and jinja takes 0.7 ms to compile each. Of conditions it
knows those that jinja is certain to read: names compared, counted, asked whether they are defined.
So a playbook is checked, and its hosts are being connected to, before jinja has been loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

# Words of jinja's language are no names; behind a point they are.
_DOTTED = (
    r"(?!(?:true|false|none|True|False|None|not|and|or|in|is|if|else|self)\b)"
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
)
_NAME = re.compile(rf"\{{\{{ *({_DOTTED}) *\}}\}}")
_OTHER = re.compile(r"\{[{%#]")
_TEXT = r"""'[^'\\]*'|"[^"\\]*\""""
_PLAIN = rf"(?:{_TEXT}|0|[1-9]\d*)"
_LIST = rf"\[{_PLAIN}(?:, ?{_PLAIN})*\]"
_DEFAULT = rf"default\((?:{_PLAIN}|{_LIST}|true|false)\)"
_TERM = rf"(?:{_DOTTED}(?: ?\| ?(?:bool|int|length|{_DEFAULT}))?|{_PLAIN})"
_COMPARED = rf"(?: ?(?:[=!<>]=|[<>]) ?{_TERM}| (?:not )?in (?:{_TERM}|{_LIST}))"
_ASKED = rf"(?:{_DOTTED} is (?:not )?(?:defined|changed|failed)|(?:not )?{_TERM}{_COMPARED}?)"
_CONDITION = re.compile(rf"{_ASKED}(?: (?:and|or) {_ASKED})*", re.ASCII)
_VALUE = re.compile(rf"\{{\{{ *{_TERM} *\}}\}}", re.ASCII)
Look = Callable[[Mapping[str, object], str], object]


def parts(source: str) -> list[str] | None:
    """Split into text, name, text, … name, text; None if there is more to it."""
    found = _NAME.split(source)
    return None if _is_more(found[::2]) else found


def is_readable(source: str) -> bool:
    """Tell whether jinja certainly reads this: text, names, texts and numbers, and usual filters of names."""
    return not _is_more(_VALUE.split(source))


def is_condition(source: str) -> bool:
    """Tell whether this is certainly an expression, of names that are no words of jinja's."""
    return _CONDITION.fullmatch(source) is not None


def _is_more(texts: list[str]) -> bool:
    """Is there more than text in what stands around values? `{{{ x }}` begins a mapping to jinja."""
    return any(map(_OTHER.search, texts)) or any(text.endswith("{") for text in texts[:-1])


def names(found: list[str]) -> frozenset[str]:
    """Name the variables that are used."""
    return frozenset(name.partition(".")[0] for name in found[1::2])


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
