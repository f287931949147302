"""Name a value, name what was expected, and advise how to write it."""

from __future__ import annotations

import json
import re
from typing import Any

from hardener.inventory.marked import Vaulted

LONGEST = 60
TYPES = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "`true` or `false`",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
BOOLEANS = {
    **dict.fromkeys(("yes", "on", "y", "true"), "true"),
    **dict.fromkeys(("no", "off", "n", "false"), "false"),
}


def found(value: object) -> str:
    """Say what a value is, shortly."""
    if isinstance(value, Vaulted):
        return "encrypted"
    if value is None:
        return "empty"
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "a mapping"
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


NUMBER = re.compile(r"0x[0-9A-Fa-f]{1,15}|0o[0-7]{1,18}|[1-9][0-9]*(?:_[0-9]+){1,6}")
"""Numbers as YAML 1.1 and Python write them."""


def retype(error: Any, kinds: list[str]) -> str:
    """Advise how a value is written in the type that is wanted."""
    value = error.instance
    if value is None:
        return "write a value, or leave the key out"
    if "boolean" in kinds and isinstance(value, str):
        return f"write `{BOOLEANS[value.lower()]}`" if value.lower() in BOOLEANS else ""
    if "string" in kinds and isinstance(value, int):
        hint = "" if error.schema.get("literal") else error.schema.get("patternHint")
        quoted = f'"{json.dumps(value)}"'
        return f"write {hint}" if hint else f"put it in quotes: {quoted}"
    if "integer" in kinds and isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return f"write {int(value)}, without quotes or leading zeros"
    if "integer" in kinds and isinstance(value, str) and NUMBER.fullmatch(value):
        return f"write {int(value.replace('_', ''), 0)}, in plain digits"
    if "array" in kinds:
        return as_list(value)
    return ""


def as_list(value: Any) -> str:
    if isinstance(value, dict):
        return "begin each item with `- `"
    variable = f', or a template: "{{{{ {value} }}}}"' if str(value).isidentifier() else ""
    return f"write a list of one: [{found(value)}]{variable}"


def form(schema: Any) -> str:
    if "patternHint" in schema:
        return str(schema["patternHint"])
    examples = [found(each) for each in schema.get("examples", ()) if isinstance(each, str)]
    return f"something like {' or '.join(examples)}" if examples else "another form"


def example(name: str, schema: Any) -> str:
    """Show how a parameter may look."""
    shown = schema.get("examples")
    return f"such as {name}: {json.dumps(shown[0], ensure_ascii=False)}" if shown else ""
