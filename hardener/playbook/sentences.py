"""Turn jsonschema's errors into sentences: what was found, what was expected, what to write.

One entry per mistake: a misspelt key that is reported is not reported as missing too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from hardener.dataclass import replace
from hardener.errors import Problem
from hardener.playbook.advice import TYPES, example, form, found, retype
from hardener.playbook.marks import Place
from hardener.playbook.nearest import did_you_mean, nearest

HIDDEN = "this is not what is expected here; `no_log` hides what it is"
UNITS = {"Length": "characters", "Items": "items", "Properties": "entries"}


class Sentence(NamedTuple):
    """A mistake below the value that was validated."""

    path: tuple[str | int, ...]
    what: str
    hint: str = ""
    key: bool = False
    secret: bool = False


def problems(
    errors: Iterable[Any], place: Place, label: str, *, secret: bool = False
) -> Iterator[Problem]:
    """Yield one Problem per mistake; `label` names the whole that was validated.

    Of `secret` values only the place is told.
    """
    for each in sentences(errors, label):
        told = Sentence(each.path, HIDDEN) if secret and not each.key else each
        problem = place.problem(told.what, *told.path, hint=told.hint, key=told.key)
        yield replace(problem, source="") if told.secret else problem


def sentences(errors: Iterable[Any], label: str) -> Iterator[Sentence]:
    """Yield one Sentence per mistake."""
    for error in errors:
        if "propertyNames" in error.schema_path:
            yield _name(error)
        elif isinstance(error.schema, dict) and error.schema.get("secret"):
            yield _secret(error, _named(error, label))
        else:
            yield from BY_KEYWORD.get(error.validator, _own_words)(error, _named(error, label))


def _named(error: Any, label: str) -> str:
    """Name the value that an error is about: `mode`, or item 2 of `paths`."""
    path = list(error.absolute_path)
    number = ""
    if path and isinstance(path[-1], int):
        number = f"item {path.pop() + 1} of "
    names = [each for each in path if isinstance(each, str)]
    return f"{number}`{names[-1] if names else label}`"


def _secret(error: Any, name: str) -> Sentence:
    """Say what is expected, and nothing of what is there: it may be a password as it is typed."""
    what = f"{name} has another form than is expected here, and is not shown"
    return Sentence(_at(error), what, f"expected {form(error.schema)}", secret=True)


def _at(error: Any) -> tuple[str | int, ...]:
    return tuple(error.absolute_path)


def _own_words(error: Any, name: str) -> Iterator[Sentence]:
    yield Sentence(_at(error), f"{name}: {error.message}")


def _message(error: Any, name: str) -> Iterator[Sentence]:
    """Our own keywords speak for themselves; they are about keys, never about values."""
    yield Sentence(_at(error), error.message, key=True)


def _type(error: Any, name: str) -> Iterator[Sentence]:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else None
    kinds = wanted or list(error.validator_value)
    expected = " or ".join(TYPES[each] for each in kinds)
    what = f"{name} is {found(error.instance)}; expected {expected}"
    yield Sentence(_at(error), what, retype(error, kinds))


def _enum(error: Any, name: str) -> Iterator[Sentence]:
    allowed = ", ".join(f"`{each}`" for each in error.validator_value)
    value = error.instance
    hint = error.schema.get("instead", {}).get(value, "") if isinstance(value, str) else ""
    if not hint and isinstance(value, str):
        hint = did_you_mean(value, map(str, error.validator_value))
    yield Sentence(_at(error), f"{name} is {found(value)}; expected one of {allowed}", hint)


def _pattern(error: Any, name: str) -> Iterator[Sentence]:
    yield Sentence(_at(error), f"{name} is {found(error.instance)}; expected {form(error.schema)}")


def _format(error: Any, name: str) -> Iterator[Sentence]:
    what = f"{name} is {found(error.instance)}, which is no regular expression: {error.message}"
    yield Sentence(_at(error), what)


def _name(error: Any) -> Sentence:
    path = (*error.absolute_path, error.instance)
    what = f"`{error.instance}` is not a name; expected {form(error.schema)}"
    better = re.sub(r"\W", "_", error.instance, flags=re.ASCII)
    fits = error.validator == "pattern" and re.search(error.validator_value, better)
    return Sentence(path, what, f"write `{better}`" if fits else "", key=True)


def _minimum(error: Any, name: str) -> Iterator[Sentence]:
    word = "at least" if error.validator == "minimum" else "at most"
    value = f"{name} is {error.instance}; expected {word} {error.validator_value}"
    yield Sentence(_at(error), value)


def _length(error: Any, name: str) -> Iterator[Sentence]:
    least = error.validator.startswith("min")
    if least and error.validator_value == 1:
        what = f"{name} is empty"
    else:
        unit = UNITS[error.validator[3:]]
        limit = f"at {'least' if least else 'most'} {error.validator_value}"
        what = f"{name} has {len(error.instance)} {unit}; expected {limit}"
    yield Sentence(_at(error), what)


def _unique(error: Any, name: str) -> Iterator[Sentence]:
    yield Sentence(_at(error), f"{name} has the same item twice")


def extras(error: Any) -> list[str]:
    """List the keys of an object that its schema does not know."""
    patterns = error.schema.get("patternProperties", {})
    known = error.schema.get("properties", {})
    return [
        name
        for name in error.instance
        if name not in known and not any(re.search(each, name) for each in patterns)
    ]


def _unknown(error: Any, name: str) -> Iterator[Sentence]:
    free = free_names(error)
    for extra in extras(error):
        what = f"{name} has no parameter `{extra}`"
        hint = error.schema.get("instead", {}).get(extra) or did_you_mean(extra, free)
        yield Sentence((*_at(error), extra), what, hint, key=True)


def _required(error: Any, name: str) -> Iterator[Sentence]:
    missing = re.match(r"'(.*?)' is a required", error.message)
    wanted = missing[1] if missing else ""
    if not misspelt(error, [wanted]):
        hint = example(wanted, error.schema.get("properties", {}).get(wanted, {}))
        yield Sentence(_at(error), f"{name} needs `{wanted}`", hint, key=True)


def _missing(error: Any, name: str) -> Iterator[Sentence]:
    if not misspelt(error, error.validator_value):
        yield from _message(error, name)


def misspelt(error: Any, wanted: Iterable[str]) -> bool:
    """Tell whether a key that is reported as unknown was meant to be one of these."""
    free, others = free_names(error), error.schema.get("instead", {})
    told = [others.get(each) or f"`{nearest(each, free)}`" for each in extras(error)]
    return any(f"`{name}`" in each for name in wanted for each in told)


def free_names(error: Any) -> list[str]:
    """List the keys that an object could have and has not."""
    return [each for each in error.schema.get("properties", {}) if each not in error.instance]


def _dependent(error: Any, name: str) -> Iterator[Sentence]:
    for given, needed in error.validator_value.items():
        for each in needed if given in error.instance else ():
            if each not in error.instance:
                yield Sentence(
                    (*_at(error), given), f"`{given}` needs `{each}` beside it", key=True
                )


def _union(error: Any, name: str) -> Iterator[Sentence]:
    """Speak of the branch that the value was meant for: the only one of its type."""
    branches: dict[int, list[Any]] = {}
    for each in error.context:
        branches.setdefault(each.schema_path[0], []).append(each)
    fitting = [errors for errors in branches.values() if not any(map(_mistyped, errors))]
    if len(fitting) == 1:
        yield from sentences(fitting[0], name.strip("`"))
    else:
        titles = [each.get("title", each.get("type", "")) for each in error.validator_value]
        forms = " or ".join(TYPES.get(each, f"`{each}`") for each in titles if each)
        yield Sentence(_at(error), f"{name} is {found(error.instance)}; expected {forms}")


def _mistyped(error: Any) -> bool:
    """Tell whether a branch was not meant at all; `path` is relative to the union."""
    of_text = error.validator == "enum" and isinstance(error.instance, str)
    return not error.path and error.validator in ("type", "enum", "const") and not of_text


Say = Callable[[Any, str], Iterator[Sentence]]
BY_KEYWORD: dict[str, Say] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "format": _format,
    "minimum": _minimum,
    "maximum": _minimum,
    "minLength": _length,
    "maxLength": _length,
    "minItems": _length,
    "maxItems": _length,
    "minProperties": _length,
    "maxProperties": _length,
    "uniqueItems": _unique,
    "additionalProperties": _unknown,
    "required": _required,
    "dependentRequired": _dependent,
    "anyOf": _union,
    "oneOf": _union,
    "exclusive": _message,
    "requires_one": _missing,
    "only_when": _missing,
    "only_with": _message,
    "required_when": _missing,
}
