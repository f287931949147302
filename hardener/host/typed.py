"""What the states of a host's code are declared with: `class State(NamedTuple):`, as of `typing`.

On a host nobody reads the types. To import `typing` there, and have it look at each of them, took a
twelfth of what a second run of a host does; mypy sees `typing` itself.
"""

import sys
from collections import namedtuple

TYPE_CHECKING = False  # mypy and editors take this name for true

if TYPE_CHECKING or sys.version_info >= (
    3,
    14,
):  # from there on types are left alone until asked for
    from typing import Any, Callable, Dict, List, NamedTuple, Optional, Pattern, Tuple
else:

    class _Type:
        """Any type: `Tuple[str, ...]` is it again."""

        def __getitem__(self, of):
            return self

    class _Declared(type):
        """Make of the body of a class what collections.namedtuple makes of its names."""

        def __new__(cls, name, bases, body):
            fields = body.pop("__annotations__", ())
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, module=body.pop("__module__"))  # noqa: PYI024 - it is what that makes
            made.__new__.__defaults__ = tuple(defaults)
            for key, value in body.items():
                setattr(made, key, value)
            return made

    Any = Callable = Dict = List = Optional = Pattern = Tuple = _Type()
    NamedTuple = type.__new__(_Declared, "NamedTuple", (), {})

__all__ = ["Any", "Callable", "Dict", "List", "NamedTuple", "Optional", "Pattern", "Tuple"]
