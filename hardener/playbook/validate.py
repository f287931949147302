"""Find every mistake of a playbook: the envelope, then each step's own schema by its name.

A single schema of everything could not say which of forty step types a misspelt one was
meant to be, and takes seconds where this takes tenths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hardener.errors import Problem
from hardener.playbook.advice import found
from hardener.playbook.marks import Document, Place
from hardener.playbook.params import every_run_problem, params_problems, undo_problem
from hardener.playbook.references import reference_problems, texts
from hardener.playbook.schemas import Language
from hardener.playbook.sentences import problems
from hardener.playbook.templates import CONDITIONS, is_secret, template_problems, without_source
from hardener.playbook.words import Keys

STEPS = ("steps", "handlers")
IN_VAULT = "it is in a vault: encrypt what it uses (values, files of variables), not the playbook"
BRACES = re.compile(r"\{\{(.*?)\}\}")


def validate(document: Document, words: Language) -> list[Problem]:
    """List the mistakes of a playbook, in no order; of what is no YAML nothing more is said."""
    holes = {(each.line, each.column) for each in document.problems}
    mistakes = [
        each for each in _mistakes(document, words) if (each.line, each.column) not in holes
    ]
    return [*document.problems, *mistakes]


def _mistakes(document: Document, words: Language) -> list[Problem]:
    top = Place(document)
    if document.data is None:
        return [top.problem("the file is empty", hint="a playbook is a list of plays")]
    if not isinstance(document.data, list):
        what = f"a playbook is a list of plays, not {found(document.data)}"
        closed = str(document.data).startswith("$ANSIBLE_VAULT")
        return [top.problem(what, hint=IN_VAULT if closed else "begin each play with `- `")]
    plays = enumerate(document.data)
    mistakes = [each for index, play in plays for each in _play(play, top / index, words)]
    return [*mistakes, *template_problems(document)]


def _play(data: Any, place: Place, words: Language) -> Iterator[Problem]:
    if not isinstance(data, dict):
        yield place.problem(f"a play is a mapping, not {found(data)}", hint="write `- hosts: …`")
        return
    keys = Keys(words, "play", data, place)
    yield from keys.problems()
    yield from _envelope(keys, data)
    for name in data:
        meant = keys.meant(name) if name in keys.unknown else name
        for index, step in enumerate(items(data[name]) if meant in STEPS else ()):
            mistakes = _step(step, place / name / index, words, handler=meant == "handlers")
            yield from map(without_source, mistakes) if is_secret(step) else mistakes
    yield from _checks(data, place, words)
    yield from reference_problems(data, place, words)


def _envelope(keys: Keys, data: dict[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the values of the envelope's own keys."""
    meant = {keys.meant(key) for key in keys.unknown}
    for error in keys.envelope.errors(data, strict=False):
        if error.validator == "additionalProperties" and not error.path:
            continue
        if error.validator == "requires_one" and meant & set(error.validator_value):
            continue
        yield from problems([error], keys.place, keys.kind)


def _step(data: Any, place: Place, words: Language, *, handler: bool) -> Iterator[Problem]:
    if not isinstance(data, dict):
        hint = "write `- command: …`" if isinstance(data, str) else ""
        yield place.problem(f"a step is a mapping, not {found(data)}", hint=hint)
        return
    keys = Keys(words, "step", data, place)
    yield from keys.problems()
    yield from _envelope(keys, _own(keys))
    yield from _expressions(data, place)
    for name in keys.types:
        schema = words.schema("step", name)
        yield from params_problems(schema, data[name], place / name, secret=is_secret(data))
        if not handler:
            yield from undo_problem(schema, data[name], place / name)
            yield from every_run_problem(schema, data[name], place / name)
    yield from _checks(data, place, words)


def _checks(data: dict[str, Any], place: Place, words: Language) -> Iterator[Problem]:
    for name in ("preflight", "verify"):
        for index, check in enumerate(items(data.get(name))):
            yield from _check(check, place / name / index, words)


def _check(data: Any, place: Place, words: Language) -> Iterator[Problem]:
    if not isinstance(data, dict):
        yield place.problem(f"a check is a mapping, not {found(data)}")
        return
    keys = Keys(words, "check", data, place)
    yield from keys.problems()
    yield from _envelope(keys, _own(keys))
    for name in keys.types:
        yield from params_problems(words.schema("check", name), data[name], place / name)


def _own(keys: Keys) -> dict[str, Any]:
    own = keys.envelope.properties
    return {key: value for key, value in keys.data.items() if key in own}


def _expressions(data: dict[str, Any], place: Place) -> Iterator[Problem]:
    """Refuse braces in expressions: they would be rendered twice, the second time as text."""
    for key in CONDITIONS:
        for text in texts(data.get(key)):
            if BRACES.search(text):
                hint = f"write {BRACES.sub(lambda match: match[1].strip(), text)}"
                yield place.problem(f"`{key}` is an expression already", key, hint=hint)


def items(value: Any) -> list[Any]:
    """Return a list; what is none has been reported by the envelope."""
    return value if isinstance(value, list) else []
