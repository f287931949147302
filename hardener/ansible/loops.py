"""`with_…`: what is a `loop` here."""

from __future__ import annotations

from typing import Any

from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template


def loop(name: str, value: Any) -> Any:
    """Return the list, or the template, of a loop by the name of its keyword."""
    kind = name.removeprefix("with_").rpartition(".")[2]
    if kind in ("loop", "list"):
        return value
    if kind in ("items", "flattened"):
        return _flat(value, "1" if kind == "items" else "")
    if kind == "dict":
        return f"{{{{ {_inside(value)} | dict2items }}}}"
    raise Left(f"`{name}`: there is only `loop` here")


def _flat(value: Any, levels: str) -> Any:
    """Take lists out of lists, as with_items does one level deep."""
    if not isinstance(value, list):
        return f"{{{{ {_inside(value)} | flatten({levels}) }}}}"
    if any(has_template(each) for each in value):
        each = ", ".join(_inside(one) if has_template(one) else repr(one) for one in value)
        return f"{{{{ [{each}] | flatten({levels}) }}}}"
    flat: list[Any] = []
    for one in value:
        flat += one if isinstance(one, list) else [one]
    return flat


def _inside(value: Any) -> str:
    """Return the expression of a template that is nothing but `{{ expression }}`."""
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1:
        return text[2:-2].strip()
    if text and not has_template(text):
        return text  # `with_items: users` is the name of a variable
    raise Left("what it loops over is neither a list nor one template")
