"""`-e`: variables on the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hardener.errors import UsageError


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
    except ValueError as error:
        raise UsageError(f"-e {text}: not JSON", why=str(error)) from error
    return dict(data)


def _pairs(text: str) -> dict[str, Any]:
    import shlex

    pairs = [part.partition("=") for part in shlex.split(text)]
    wrong = [name for name, sign, _ in pairs if not sign or not name.isidentifier()]
    if wrong:
        raise UsageError(
            f"-e {wrong[0]}: not a variable", hint="write -e name=value, or JSON for more than text"
        )
    return {name: value for name, _, value in pairs}
