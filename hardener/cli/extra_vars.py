"""`-e`: variables on the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hardener.errors import UsageError
from hardener.inventory.depth import TOO_DEEP, is_deep

HINT = "write -e name=value, or JSON for more than text"


def read(given: Sequence[str]) -> dict[str, object]:
    """Join all `-e`: `name=value …`, a JSON object, or `@file` of YAML; later ones win."""
    found: dict[str, object] = {}
    for text in given:
        found.update(_one(text.strip()))
    return found


def _one(text: str) -> dict[str, Any]:
    if text.startswith("@"):
        from hardener.render.variables import vars_file

        return dict(vars_file(Path(text[1:])))
    if text.startswith("{"):
        return _json(text)
    return _pairs(text)


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("-e {…}: not JSON", why=str(error)) from error
    if is_deep(data):
        raise UsageError(f"-e {{…}}: {TOO_DEEP}")
    return dict(data)


def _pairs(text: str) -> dict[str, Any]:
    """Read `name=value …`; what may be a part of a secret value is not repeated in an error."""
    import shlex

    try:
        pairs = [part.partition("=") for part in shlex.split(text)]
    except ValueError as error:
        raise UsageError("-e: a quote is never closed", hint=f"{HINT}, in quotes") from error
    for number, (name, sign, _) in enumerate(pairs, 1):
        if not sign or not name.isidentifier():
            raise UsageError(f"-e: word {number} is no variable", hint=HINT)
    return {name: value for name, _, value in pairs}
