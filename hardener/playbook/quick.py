"""Tell at once that a value fits its schema, so that jsonschema is asked only where it may not.

jsonschema takes longer to import than most playbooks take to check, and words a mistake well;
this says yes or «not sure», never no. What it leaves to jsonschema makes it unsure, so do
values that are not plain data. tests/playbook/test_quick.py holds it against jsonschema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hardener.playbook.conditions import met, misplaced, unmet
from hardener.playbook.templates import has_template

Schema = Mapping[str, Any]
#: Keywords of the standard that are left to jsonschema. Any other word asks nothing of a value.
HARD = frozenset(
    {
        *("$dynamicRef", "$ref", "allOf", "contains", "dependentSchemas", "exclusiveMaximum"),
        *("exclusiveMinimum", "if", "maxItems", "maxProperties", "multipleOf", "not"),
        *("oneOf", "prefixItems", "unevaluatedItems", "unevaluatedProperties"),
    }
)
NAMES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    dict: "object",
    list: "array",
    type(None): "null",
}


def fits(schema: Schema, value: Any, *, patient: bool) -> bool:
    """Tell whether a value certainly fits; if `patient`, a template passes for what it will be."""
    if patient and has_template(value) and not schema.get("literal"):
        return True
    kind = NAMES.get(type(value))
    tests = _tests(schema, kind) if kind else None
    if tests is None:
        return False
    for test, argument in tests:  # noqa: SIM110 - a generator would take as long again
        if not test(argument, value, schema, patient):
            return False
    return True


Asked = list[tuple["Test", Any]]
_asked: dict[tuple[int, str], tuple[Schema, Asked | None]] = {}
"""What a schema, kept here so that its id stays its own, asks of values of a type that it takes.

None: it does not take them, or it is hard to say.
"""


def _tests(schema: Schema, kind: str) -> Asked | None:
    key = id(schema), kind
    if key not in _asked:
        tests = {**TESTS["any"], **TESTS[kind]}
        easy = isinstance(schema, dict) and not schema.keys() & HARD and _takes(schema, kind)
        found = [(tests[word], schema[word]) for word in schema if word in tests] if easy else None
        _asked[key] = schema, found
    return _asked[key][1]


Test = Callable[[Any, Any, Schema, bool], bool]


def _takes(schema: Schema, kind: str) -> bool:
    wanted = schema.get("type", kind)
    names = wanted if isinstance(wanted, list) else [wanted]
    return kind in names or (kind == "integer" and "number" in names)


def _any_of(schemas: Any, value: Any, schema: Schema, patient: bool) -> bool:
    return any(fits(each, value, patient=patient) for each in schemas)


def _properties(known: Any, value: Any, schema: Schema, patient: bool) -> bool:
    for name, each in value.items():
        if name in known and not fits(known[name], each, patient=patient):
            return False
    return True


def _pattern_properties(known: Any, value: Any, schema: Schema, patient: bool) -> bool:
    return all(
        fits(rule, each, patient=patient)
        for pattern, rule in known.items()
        for name, each in value.items()
        if _pattern(pattern).search(name)
    )


def _additional(rest: Any, value: Any, schema: Schema, patient: bool) -> bool:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    others = [
        name
        for name in value
        if name not in known and not any(_pattern(each).search(name) for each in patterns)
    ]
    if isinstance(rest, bool):
        return rest or not others
    return all(fits(rest, value[name], patient=patient) for name in others)


def _only_when(table: Any, value: Any, schema: Schema, patient: bool) -> bool:
    return not any(
        value[name] != schema["properties"][name].get("default")
        and any(unmet(conditions, value, schema))
        for name, conditions in table.items()
        if name in value
    )


def _only_with(table: Any, value: Any, schema: Schema, patient: bool) -> bool:
    return not any(misplaced(table, value, schema))


def _required_when(table: Any, value: Any, schema: Schema, patient: bool) -> bool:
    return not any(
        name not in value and met(conditions, value, schema) for name, conditions in table.items()
    )


def _unique(wanted: Any, value: Any, schema: Schema, patient: bool) -> bool:
    return not wanted or (
        all(type(each) is str for each in value) and len(set(value)) == len(value)
    )


def _names(rule: Any, value: Any, schema: Schema, patient: bool) -> bool:
    return all(fits(rule, name, patient=patient) for name in value)


def _format(name: Any, value: Any, schema: Schema, patient: bool) -> bool:
    try:
        return name == "regex" and bool(_pattern(value))
    except re.error:
        return False


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


NUMBER: dict[str, Test] = {
    "minimum": lambda least, value, *_: value >= least,
    "maximum": lambda most, value, *_: value <= most,
}
TESTS: dict[str, dict[str, Test]] = {
    "any": {
        "anyOf": _any_of,
        "enum": lambda allowed, value, *_: any(_same(value, each) for each in allowed),
        "const": lambda wanted, value, *_: _same(value, wanted),
    },
    "string": {
        "pattern": lambda text, value, *_: _pattern(text).search(value) is not None,
        "minLength": lambda least, value, *_: len(value) >= least,
        "format": _format,
        "maxLength": lambda most, value, *_: len(value) <= most,
    },
    "integer": NUMBER,
    "number": NUMBER,
    "boolean": {},
    "null": {},
    "array": {
        "items": lambda each, value, _, patient: all(
            fits(each, item, patient=patient) for item in value
        ),
        "minItems": lambda least, value, *_: len(value) >= least,
        "uniqueItems": _unique,
    },
    "object": {
        "properties": _properties,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
        "propertyNames": _names,
        "required": lambda names, value, *_: all(name in value for name in names),
        "dependentRequired": lambda table, value, *_: all(
            name in value for given, names in table.items() if given in value for name in names
        ),
        "minProperties": lambda least, value, *_: len(value) >= least,
        "exclusive": lambda groups, value, *_: all(
            sum(name in value for name in group) < 2 for group in groups
        ),
        "requires_one": lambda groups, value, *_: all(
            any(name in value for name in group) for group in groups
        ),
        "only_when": _only_when,
        "only_with": _only_with,
        "required_when": _required_when,
    },
}


def _same(value: Any, other: Any) -> bool:
    """Equal, and of one type: JSON has no 1 that is true."""
    return type(value) is type(other) and bool(value == other)
