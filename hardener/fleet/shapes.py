"""Say what plain data must look like, and where it does not.

A shape is a type, None, a tuple of shapes (one of them fits), a list of one shape (any number
of these), a dict of fields (`name?` may be missing, `...` stands for every other name, without it
there is none), or a function that says what is wrong ("" if nothing).

A shape is turned into a function once: a play of many steps is told in many events.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

Judge = Callable[[Any, str], str]
"""Takes a value and its place; returns what is wrong with it, "" if nothing."""


def judge_of(shape: Any) -> Judge:
    """Return the function that says where a value does not fit a shape."""
    if isinstance(shape, tuple):
        return partial(_one_of, [judge_of(each) for each in shape])
    if isinstance(shape, list):
        return partial(_items, judge_of(shape[0]))
    if isinstance(shape, dict):
        return partial(_fields, *_named_and_needed(shape))
    if isinstance(shape, type) or shape is None:
        return partial(_typed, shape)
    return partial(_by_word, shape)


def _one_of(judges: list[Judge], value: Any, place: str) -> str:
    wrong = ""
    for judge in judges:
        wrong = judge(value, place)
        if not wrong:
            return ""
    return wrong


def _items(judge: Judge, value: Any, place: str) -> str:
    if not isinstance(value, list):
        return _unlike(value, place)
    for each in value:
        wrong = judge(each, f"{place}[]")
        if wrong:
            return wrong
    return ""


def _named_and_needed(
    shape: dict[Any, Any],
) -> tuple[dict[str, Any], dict[str, Judge], Judge, list[str]]:
    """Return the type of each plain field, the judge of each, that of all others, and what must be there."""
    own = {name: each for name, each in shape.items() if name is not ...}
    kinds = {name.rstrip("?"): each for name, each in own.items() if isinstance(each, type)}
    judges = {name: judge_of(each) for name, each in own.items()}
    named = {name.rstrip("?"): judge for name, judge in judges.items()}
    needed = [name for name in judges if not name.endswith("?")]
    return kinds, named, judge_of(shape.get(..., _nothing)), needed


def _fields(
    kinds: dict[str, type],
    named: dict[str, Judge],
    other: Judge,
    needed: list[str],
    value: Any,
    place: str,
) -> str:
    if not isinstance(value, dict):
        return _unlike(value, place)
    for name in needed:
        if name not in value:
            return f"{place}.{name} is missing"
    for name, each in value.items():
        if kinds.get(name) is type(each):  # as nearly all are: nobody need be asked
            continue
        judge = named.get(name, other)
        if judge(each, ""):  # the place is put in words only where something is wrong
            return judge(each, f"{place}.{_named(name)}")
    return ""


def _named(name: str) -> str:
    return name if name.isidentifier() and name.isascii() and len(name) < 40 else f"{name!a:.40}"


def _nothing(_: Any) -> str:
    return "is not expected"


def _by_word(judge: Callable[[Any], str], value: Any, place: str) -> str:
    wrong = judge(value)
    return f"{place} {wrong}".strip() if wrong else ""


def _typed(kind: type | None, value: Any, place: str) -> str:
    return "" if _is(value, kind) else _unlike(value, place)


def _is(value: Any, kind: type | None) -> bool:
    if kind is None or isinstance(value, bool):
        return value is None or kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _unlike(value: Any, place: str) -> str:
    return f"{place} is a {type(value).__name__}"
