"""Turn what an expression gives into plain data: dicts, lists, text, numbers, booleans, None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hardener.inventory.marked import Unsafe, Vaulted
from hardener.render.secrecy import reveal

_SCALARS = (str, bool, int, float, type(None))


class Omit:
    """The value of `omit`: a parameter that has it counts as not given."""

    def __repr__(self) -> str:
        return "omit"


OMIT: Final = Omit()


def plain(value: object) -> object:
    """Copy a value as plain data; an undefined name anywhere in it is an error.

    Sets become sorted lists, generators lists, and types of text plain text.
    """
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if item is not OMIT}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    return _other(value)


def _other(value: object) -> object:
    from jinja2.runtime import Undefined  # whoever has one has loaded it

    if isinstance(value, Undefined):
        return str(value)  # raises
    if isinstance(value, Vaulted):
        return reveal(value)
    if isinstance(value, str):
        return value if isinstance(value, Unsafe) else str(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Iterable):
        return [plain(item) for item in value if item is not OMIT]
    return value if isinstance(value, (int, float)) or value is OMIT else str(value)


def text(value: object) -> object:
    """Prepare a value that stands within text: None is nothing, as Ansible has it."""
    if isinstance(value, Vaulted):
        return plain(value)
    return "" if value is None else value
