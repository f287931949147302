"""The parameters of one step or check: checked before rendering, and again after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hardener.errors import PlaybookError, Problem
from hardener.playbook.advice import found
from hardener.playbook.marks import Place
from hardener.playbook.schemas import Language, Schema, language, play_key
from hardener.playbook.sentences import problems


def validate_params(
    name: str, params: Any, place: Place, *, kind: str = "step", words: Language | None = None
) -> dict[str, Any]:
    """Return rendered parameters with defaults; raise PlaybookError with all that is wrong.

    `place` is that of the parameters (`step.params_place`); `kind` is `step` or `check`.
    """
    schema = (words or language()).schema(kind, name)
    mistakes = list(params_problems(schema, params, place, strict=True))
    if mistakes:
        raise PlaybookError(mistakes)
    return dict(schema.fill(schema.expand(params)))


def validate_key(name: str, value: Any, place: Place) -> dict[str, Any]:
    """Return the rendered value of a play's key with defaults; raise PlaybookError with all that is wrong."""
    schema = play_key(name)
    mistakes = list(problems(schema.errors(value, strict=True), place, name))
    if mistakes:
        raise PlaybookError(mistakes)
    return dict(schema.fill(value))


def as_text(schema: Any, value: Any, given: Any) -> Any:
    """Write the numbers that templates gave as text, where any text is asked for.

    Not where it has a form of its own: a `mode` of 420 was 0644 before somebody read it as a number.
    """
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict) and isinstance(given, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        return {
            name: as_text(known.get(name, other), each, given.get(name))
            for name, each in value.items()
        }
    if isinstance(value, list) and isinstance(given, list) and len(value) == len(given):
        pairs = zip(value, given, strict=True)
        return [as_text(schema.get("items"), each, raw) for each, raw in pairs]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    free = schema.get("type") == "string" and not schema.keys() & {"pattern", "enum", "format"}
    return str(value) if number and free and isinstance(given, str) else value


def params_problems(
    schema: Schema, value: Any, place: Place, *, strict: bool = False, secret: bool = False
) -> Iterator[Problem]:
    """Yield the mistakes in parameters; unless strict, templates pass for what they will be."""
    params = schema.expand(value)
    pairs = _pairs(schema, value)
    if pairs or not isinstance(params, dict):
        what = f"`{schema.name}` is {found(value)}; expected a mapping"
        yield place.problem(what, hint=f"write {schema.name}: {pairs}" if pairs else _form(schema))
        return
    yield from problems(schema.errors(params, strict=strict), place, schema.name, secret=secret)


PAIR = re.compile(r"\s*(\w+)=([^\s'\"=,{}\[\]]+)(?=\s|$)")


def _pairs(schema: Schema, value: Any) -> str:
    """Return `name=nginx state=present`, as Ansible takes it, as a mapping; "" if it is no such text."""
    if not isinstance(value, str) or PAIR.sub("", value).strip():
        return ""
    pairs = PAIR.findall(value)
    if not all(name in schema.properties for name, _ in pairs):
        return ""
    return "{" + ", ".join(f"{name}: {text}" for name, text in pairs) + "}"


def _form(schema: Schema) -> str:
    required = schema.data.get("required") or list(schema.properties)[:1]
    return f"write {schema.name}: {{{required[0]}: …}}" if required else ""


def undo_problem(schema: Schema, value: Any, place: Place) -> Iterator[Problem]:
    """Ask for the explicit word that a step type needs where nothing can undo it.

    `reversible_by: [touches, undo, irreversible]` lists the ways; the last one is the word.
    """
    ways = schema.data.get("reversible_by")
    params = schema.expand(value)
    if not ways or not isinstance(params, dict) or not params:
        return
    if any(params.get(way) for way in ways):
        return
    *undo, word = ways
    *most, last = [f"`{each}:`" for each in undo]
    names = f"{', '.join(most)} or {last}" if most else last
    what = f"a {schema.name} without {names} cannot be undone: add one, or `{word}: true`"
    yield place.problem(what, key=True)


def every_run_problem(schema: Schema, value: Any, place: Place) -> Iterator[Problem]:
    """Refuse outside handlers what would happen again in every run (`handlers_only`)."""
    params = schema.expand(value)
    for name, values in schema.data.get("handlers_only", {}).items():
        if isinstance(params, dict) and params.get(name) in values:
            what = f"`{name}: {params[name]}` would happen in every run"
            hint = "make it a handler, and let the steps that need it `notify:` it"
            yield place.problem(what, name, hint=hint)
