"""Say what plain data must look like, and where it does not.

A shape is a type, None, a tuple of shapes (one of them fits), a list of one shape (any number
of these), a dict of fields (`name?` may be missing, `...` stands for every other name, without it
there is none), or a function that says what is wrong ("" if nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def misfit(value: Any, shape: Any, place: str = "") -> str:
    """Return the first place where a value does not fit, in words; "" if it fits."""
    if isinstance(shape, tuple):
        found = [misfit(value, each, place) for each in shape]
        return "" if "" in found else found[-1]
    if isinstance(shape, list):
        return _first(_items(value, shape[0], place), isinstance(value, list), value, place)
    if isinstance(shape, dict):
        return _first(_fields(value, shape, place), isinstance(value, dict), value, place)
    if isinstance(shape, type) or shape is None:
        return "" if _is(value, shape) else _unlike(value, place)
    judge: Callable[[Any], str] = shape
    wrong = judge(value)
    return f"{place} {wrong}".strip() if wrong else ""


def _first(found: Iterator[str], fits: bool, value: Any, place: str) -> str:
    return next(filter(None, found), "") if fits else _unlike(value, place)


def _items(value: Any, shape: Any, place: str) -> Iterator[str]:
    for each in value:
        yield misfit(each, shape, f"{place}[]")


def _fields(value: Any, shape: dict[Any, Any], place: str) -> Iterator[str]:
    named = {name.rstrip("?"): each for name, each in shape.items() if name is not ...}
    for name in shape:
        if name is not ... and name not in value and not name.endswith("?"):
            yield f"{place}.{name} is missing"
    for name, each in value.items():
        yield misfit(each, named.get(name, shape.get(..., _nothing)), f"{place}.{_named(name)}")


def _named(name: str) -> str:
    return name if name.isidentifier() and name.isascii() and len(name) < 40 else f"{name!a:.40}"


def _nothing(_: Any) -> str:
    return "is not expected"


def _is(value: Any, kind: type | None) -> bool:
    if kind is None or isinstance(value, bool):
        return value is None or kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _unlike(value: Any, place: str) -> str:
    return f"{place} is a {type(value).__name__}"
