"""The schemas of the envelope, of step types and of checks, each loaded when it is first used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from hardener.dataclass import dataclass
from hardener.errors import UsageError
from hardener.playbook.modules import MODULES
from hardener.playbook.nearest import did_you_mean, short
from hardener.playbook.quick import fits
from hardener.resources import check_types, data_dir, shipped_types, step_types

CHECKS = ("preflight", "verify", "check_between")
"""Keys whose entries are checks; the last one is only a play's."""
ENVELOPE = Path(__file__).with_name("envelope.json")


@dataclass(frozen=True, eq=False)
class Schema:
    """One schema document and what is asked of it; defaults live nowhere else."""

    name: str
    data: dict[str, Any]

    @cached_property
    def properties(self) -> dict[str, Any]:
        return dict(self.data.get("properties", {}))

    @cached_property
    def brings(self) -> dict[str, tuple[str, str]]:
        """Parameters that name a file of the controller: how it is brought, and as which parameter."""
        return {name: (how, target) for name, (how, target) in self.data.get("brings", {}).items()}

    @property
    def summary(self) -> str:
        return str(self.data.get("summary", ""))

    def expand(self, value: Any) -> Any:
        """Turn the short form (`command: ls`) into the long one, and nothing into no parameters."""
        if value is None:
            return {}
        short = self.data.get("shorthand")
        if short is None or isinstance(value, dict):
            return value
        if isinstance(value, list) and "array" not in self.properties[short].get("type", ""):
            return value
        return {short: value}

    def errors(self, value: Any, *, strict: bool) -> Iterator[Any]:
        """Yield jsonschema's errors; unless strict, templates pass for what they will become."""
        if fits(self.data, value, patient=not strict):
            return
        validator = self._strict if strict else self._before_rendering
        yield from validator.iter_errors(value)

    def fill(self, value: Any) -> Any:
        """Copy a value, with the defaults of whatever is left out, also of nested objects."""
        return fill(self.data, value)

    @cached_property
    def _strict(self) -> Any:
        from hardener.playbook.keywords import Strict

        return Strict(self.data)

    @cached_property
    def _before_rendering(self) -> Any:
        from hardener.playbook.keywords import BeforeRendering

        return BeforeRendering(self.data)


def fill(schema: Any, value: Any) -> Any:
    """Copy a value with the defaults of its schema filled in."""
    if not isinstance(schema, dict):
        return value
    if isinstance(value, list):
        return [fill(schema.get("items"), each) for each in value]
    if not isinstance(value, dict):
        return value
    known = schema.get("properties", {})
    other = schema.get("additionalProperties")
    filled = {
        name: fill(known.get(name, other), each) if isinstance(each, dict | list) else each
        for name, each in value.items()
    }
    for name, default in _defaults(schema):
        if name not in filled:
            filled[name] = _copied(default) if isinstance(default, dict | list) else default
    return filled


_found: dict[int, tuple[Any, list[tuple[str, Any]]]] = {}
"""The defaults of each schema, which is kept here so that its id stays its own."""


def _defaults(schema: Any) -> list[tuple[str, Any]]:
    if id(schema) not in _found:
        known = schema.get("properties", {})
        given = [(name, each["default"]) for name, each in known.items() if "default" in each]
        _found[id(schema)] = schema, given
    return _found[id(schema)][1]


def _copied(default: Any) -> Any:
    """Copy a default that could be changed; most of them are empty."""
    return deepcopy(default) if default else type(default)()


class Language:
    """Every word that a playbook may use: the envelope's keys, step types, checks."""

    def __init__(self, steps: Mapping[str, Path], checks: Mapping[str, Path]) -> None:
        self.paths = {"step": dict(steps), "check": dict(checks)}
        self._loaded: dict[tuple[str, str], Schema] = {}

    def names(self, kind: str) -> list[str]:
        """Name the step types (`step`) or checks (`check`)."""
        return list(self.paths[kind])

    def schema(self, kind: str, name: str) -> Schema:
        """Return the schema of one step type or check."""
        key = kind, name
        if key not in self._loaded:
            self._loaded[key] = Schema(name, inlined(_read(self.paths[kind][name])))
        return self._loaded[key]

    def find(self, name: str) -> list[tuple[str, Schema]]:
        """Return the step type and the check of a name, with their kinds."""
        found = [(kind, self.schema(kind, name)) for kind in self.paths if name in self.paths[kind]]
        if found:
            return found
        known = [each for names in self.paths.values() for each in names]
        hint = MODULES.get(short(name)) or did_you_mean(name, known, self._synonyms(known))
        hint = hint or "`harden doc` lists all there are"
        raise UsageError(f"`{name}` is neither a step type nor a check", hint=hint)

    def _synonyms(self, known: list[str]) -> dict[str, str]:
        """What modules of Ansible are called here."""
        both = (self.envelope[kind].data["synonyms"] for kind in ("check", "step"))
        return {word: ours for each in both for word, ours in each.items() if ours in known}

    @cached_property
    def envelope(self) -> dict[str, Schema]:
        """Return the schemas of `play`, `step`, groups of steps, and `check`, without their types."""
        found = _read(ENVELOPE)
        steps = found["step"]["properties"]
        for data in found.values():
            borrowed = {name: steps[name] for name in data.get("borrows", ())}
            data["properties"] = {**data["properties"], **borrowed}
        return {name: Schema(name, data) for name, data in found.items()}


@cache
def language() -> Language:
    """Return the language of this installation, plugins included."""
    return Language(step_types(), check_types())


def play_key(name: str) -> Schema:
    """Return the schema of one key of a play."""
    return Schema(name, language().envelope["play"].properties[name])


def shipped() -> Language:
    """Return the language without plugins: what generated files are made from."""
    return Language(shipped_types("steps"), shipped_types("checks"))


def inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Put what `$ref` names in its place; words beside the reference win.

    `#/$defs/NAME` is in the same file, `../common.json#/$defs/NAME` in the one of all types.
    """

    def named(reference: str) -> Any:
        file, _, path = reference.partition("#/$defs/")
        return (_common() if file else schema)["$defs"][path]

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(each) for each in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        whole = {**named(reference), **value} if isinstance(reference, str) else value
        return {key: put(each) for key, each in whole.items() if key not in ("$ref", "$defs")}

    return dict(put(schema))


@cache
def _common() -> dict[str, Any]:
    return _read(data_dir("schemas") / "common.json")


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_bytes())  # type: ignore[no-any-return]
