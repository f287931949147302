"""Read a value of an INI inventory the way Ansible does: as a Python literal, else as text."""

from __future__ import annotations

import ast
import warnings


def literal(text: str) -> object:
    """`1`, `True`, `[1, 2]` and `"quoted"` are typed; `true`, `0644` and `10.0.0.1` stay text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return _plain(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=repr)
    if isinstance(value, bytes):
        return value.decode()
    if value is ...:
        return "..."
    return str(value) if isinstance(value, complex) else value
