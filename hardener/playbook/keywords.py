"""The dialect of our schemas: JSON Schema 2020-12 with a few keywords, and patience with templates.

    exclusive      [[a, b]]               at most one of each group
    requires_one   [[a, b]]               at least one of each group
    only_when      {a: {state: [x]}}      `a` goes only with these values of `state`
    required_when  {a: {state: [x]}}      `a` is needed with these values of `state`
    only_with      {"a[].b": c}           `b` of an item of `a` means something only beside `c`
    literal        true                   no template stands for it: it is known before any variable

and of the standard's formats `regex` is asked: Python's.

Importing this module imports jsonschema (0.2 s): do it late.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from hardener.playbook.conditions import met, misplaced, unmet, value
from hardener.playbook.templates import has_template

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


def words(names: list[str], joint: str = "or") -> str:
    """Write `a`, `b` or `c`."""
    *first, last = [f"`{name}`" for name in names]
    return f"{', '.join(first)} {joint} {last}" if first else last


def exclusive(_: Any, groups: Any, params: Any, schema: Any) -> Iterator[ValidationError]:
    for group in groups:
        given = [name for name in group if name in params]
        if len(given) > 1:
            yield ValidationError(
                f"{words(given, 'and')} exclude each other: keep one", path=[given[1]]
            )


def requires_one(_: Any, groups: Any, params: Any, schema: Any) -> Iterator[ValidationError]:
    for group in groups:
        if not any(name in params for name in group):
            yield ValidationError(f"{words(group)} is missing", validator_value=group)


def only_when(_: Any, table: Any, params: Any, schema: Any) -> Iterator[ValidationError]:
    for name, conditions in table.items():
        default = schema["properties"][name].get("default")
        if name in params and params[name] != default:
            for key, wanted, found in unmet(conditions, params, schema):
                fits = words([f"{key}: {each}" for each in wanted])
                what = f"`{name}` goes with {fits}, not with `{key}: {found}`"
                yield ValidationError(what, path=[name], validator_value=[key])


def only_with(_: Any, table: Any, params: Any, schema: Any) -> Iterator[ValidationError]:
    for place, other in misplaced(table, params, schema):
        yield ValidationError(f"`{place[-1]}` goes only with `{other}`", path=place)


def required_when(_: Any, table: Any, params: Any, schema: Any) -> Iterator[ValidationError]:
    for name, conditions in table.items():
        if name not in params and met(conditions, params, schema):
            given = ", ".join(f"`{key}: {value(key, params, schema)}`" for key in conditions)
            yield ValidationError(f"`{name}` is missing: {given} needs it", validator_value=[name])


def regex(_: Any, name: Any, text: Any, schema: Any) -> Iterator[ValidationError]:
    if name != "regex" or not isinstance(text, str):
        return
    try:
        re.compile(text)
    except re.error as error:
        yield ValidationError(str(error))


UNCONSTRAINED = {"type", "title", "description", "default", "examples"}
NAMES = {str: "string", int: "integer", bool: "boolean"}


def properties(validator: Any, known: Any, params: Any, schema: Any) -> Iterator[ValidationError]:
    """As the standard's, but without the machinery for plain values: half the time."""
    for name in params:
        each = known.get(name)
        if each is not None and not _plain(params[name], each):
            yield from validator.descend(params[name], each, path=name, schema_path=name)


def _plain(found: Any, schema: Any) -> bool:
    kind = NAMES.get(type(found))
    return kind is not None and schema.get("type") == kind and schema.keys() <= UNCONSTRAINED


def _of_object(check: Keyword) -> Keyword:
    def checked(validator: Any, argument: Any, instance: Any, schema: Any) -> Any:
        return check(validator, argument, instance, schema) if isinstance(instance, dict) else ()

    return checked


def _unless_template(check: Keyword) -> Keyword:
    def checked(validator: Any, argument: Any, instance: Any, schema: Any) -> Any:
        will_be = has_template(instance) and not schema.get("literal")
        return () if will_be else check(validator, argument, instance, schema)

    return checked


OWN = {
    each.__name__: _of_object(each)
    for each in (properties, exclusive, requires_one, only_when, only_with, required_when)
}
OWN["format"] = regex
OF_TEXT = (
    "type",
    "format",
    "enum",
    "const",
    "pattern",
    "minLength",
    "maxLength",
    "anyOf",
    "oneOf",
    "not",
)

_extend: Any = validators.extend

Strict: Any = _extend(Draft202012Validator, OWN)
BeforeRendering: Any = _extend(
    Strict, {name: _unless_template(Strict.VALIDATORS[name]) for name in OF_TEXT}
)
