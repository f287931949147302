"""The standard library's dataclasses, at a third of what each costs: a command makes dozens.

That library writes and compiles up to six methods for a class. Here it does so for `__init__`
alone; what compares, hashes and shows is the same for all. That a frozen one stays as it is, is
left to mypy, which sees the library itself.
"""

from __future__ import annotations

import dataclasses
import functools
import reprlib
from collections.abc import Callable
from dataclasses import asdict, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["asdict", "dataclass", "field", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **how: bool) -> Any:
        """Make a dataclass; `how` is as for dataclasses.dataclass."""
        return functools.partial(_made, **how) if cls is None else _made(cls, **how)


def _made(
    cls: type, *, frozen: bool = False, eq: bool = True, order: bool = False, **how: bool
) -> type:
    if order:
        return dataclasses.dataclass(cls, frozen=frozen, eq=eq, order=True, **how)
    own = vars(cls)
    methods: dict[str, Any] = {"__repr__": _repr}
    if eq:
        methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
    for name, method in methods.items():
        if own.get(name) is None:
            setattr(cls, name, method)
    return dataclasses.dataclass(cls, repr=False, eq=False, **how)


@reprlib.recursive_repr()
def _repr(self: Any) -> str:
    shown = [f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    values = _compared(self.__class__)
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(_hashed(self.__class__)(self))


@functools.cache
def _compared(cls: Any) -> Callable[[Any], Any]:
    return _getter([f.name for f in dataclasses.fields(cls) if f.compare])


@functools.cache
def _hashed(cls: Any) -> Callable[[Any], Any]:
    fields = dataclasses.fields(cls)
    return _getter([f.name for f in fields if (f.compare if f.hash is None else f.hash)])


def _getter(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda value: ()
