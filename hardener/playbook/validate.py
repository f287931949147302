"""Find every mistake of a playbook: the envelope, then each step's own schema by its name.

A single schema of everything could not say which of forty step types a misspelt one was
meant to be, and takes seconds where this takes tenths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from hardener.errors import Problem
from hardener.playbook.advice import found
from hardener.playbook.attributes import attribute_problems
from hardener.playbook.marks import Place
from hardener.playbook.params import every_run_problem, params_problems, undo_problem
from hardener.playbook.reader import Reader
from hardener.playbook.references import reference_problems, texts
from hardener.playbook.schemas import CHECKS, Language
from hardener.playbook.sentences import problems
from hardener.playbook.templates import (
    CONDITIONS,
    condition_problems,
    is_secret,
    template_problems,
    without_source,
)
from hardener.playbook.tree import PARTS, Node, PlayNode, group_of
from hardener.playbook.words import Keys

YES_AND_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}
BRACES = re.compile(r"\{\{(.*?)\}\}")


def validate(plays: Sequence[PlayNode], reader: Reader, words: Language) -> list[Problem]:
    """List the mistakes of a playbook, in no order; `reader` has read it, with all that it names.

    Of what is no YAML nothing more is said.
    """
    broken = [each for document in reader.documents for each in document.problems]
    holes = {(each.file, each.line, each.column) for each in broken}
    mistakes = (*reader.problems, *_mistakes(plays, reader, words))
    return [
        *broken,
        *(each for each in mistakes if (each.file, each.line, each.column) not in holes),
    ]


def _mistakes(plays: Sequence[PlayNode], reader: Reader, words: Language) -> Iterator[Problem]:
    for node in reader.imports:
        yield from _group(node, words)
    for play in plays:
        yield from _play(play, words)
    for document in reader.documents:
        yield from template_problems(document)


def _play(play: PlayNode, words: Language) -> Iterator[Problem]:
    data, place = play.data, play.place
    if not isinstance(data, dict):
        yield place.problem(f"a play is a mapping, not {found(data)}", hint="write `- hosts: …`")
        return
    keys = Keys(words, "play", data, place)
    yield from keys.problems()
    yield from _envelope(keys, data)
    for key in keys.unknown:
        if keys.meant(key) in ("steps", "handlers"):
            yield from _misnamed(data[key], place / key, words, keys.meant(key) == "handlers")
    for node, around in play.all_steps():
        yield from _step(node, words, handler=False, secret=_secret(node, *around))
    for node, around in play.all_handlers():
        yield from _step(node, words, handler=True, secret=_secret(node, *around))
    yield from _checks(data, place, words)
    yield from reference_problems(play, words)
    yield from attribute_problems(play, words)


def _secret(*nodes: Node) -> bool:
    return any(is_secret(node.data) for node in nodes)


def _misnamed(
    data: Any, place: Place, words: Language, handlers: bool, outer: Sequence[Node] = ()
) -> Iterator[Problem]:
    """Look into steps that stand below a wrong key, too; what they include is not read."""
    for index, each in enumerate(items(data)):
        kind = group_of(each)
        node = Node(kind or "step", each, place / index)
        yield from _step(node, words, handler=handlers, secret=_secret(node, *outer))
        for part in PARTS if kind == "block" else ():
            inner = place / index / part
            yield from _misnamed(each.get(part), inner, words, handlers, (*outer, node))


def _envelope(keys: Keys, data: dict[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the values of the envelope's own keys."""
    meant = {keys.meant(key) for key in keys.unknown}
    for error in keys.envelope.errors(data, strict=False):
        if error.validator == "additionalProperties" and not error.path:
            continue
        if error.validator == "requires_one" and meant & set(error.validator_value):
            continue
        yield from problems([error], keys.place, keys.kind)


def _step(node: Node, words: Language, *, handler: bool, secret: bool) -> Iterator[Problem]:
    if node.kind != "step":
        mistakes = _group(node, words)
    else:
        mistakes = _single(node.data, node.place, words, handler=handler, secret=secret)
    yield from map(without_source, mistakes) if secret else mistakes


def _single(
    data: Any, place: Place, words: Language, *, handler: bool, secret: bool
) -> Iterator[Problem]:
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
        yield from params_problems(schema, data[name], place / name, secret=secret)
        if not handler:
            yield from undo_problem(schema, data[name], place / name)
            yield from every_run_problem(schema, data[name], place / name)
    yield from _checks(data, place, words)


def _group(node: Node, words: Language) -> Iterator[Problem]:
    """Yield what is wrong with the keywords of a group; its steps are looked at on their own."""
    if not isinstance(node.data, dict):
        yield node.place.problem(f"a role is a name or a mapping, not {found(node.data)}")
        return
    keys = Keys(words, node.kind, node.data, node.place)
    yield from keys.problems()
    yield from _envelope(keys, _own(keys))
    yield from _expressions(node.data, node.place)


def _checks(data: dict[str, Any], place: Place, words: Language) -> Iterator[Problem]:
    for name in CHECKS:
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
    for key in filter(data.__contains__, CONDITIONS):
        for text in texts(data[key]):
            if BRACES.search(text):
                hint = f"write {BRACES.sub(lambda match: match[1].strip(), text)}"
                yield place.problem(f"`{key}` is an expression already", key, hint=hint)
            if text.lower() in YES_AND_NO:
                hint = f"write `{YES_AND_NO[text.lower()]}`"
                yield place.problem(f"`{text}` is the name of a variable here", key, hint=hint)
        yield from condition_problems(data[key], place / key)


def items(value: Any) -> list[Any]:
    """Return a list; what is none has been reported by the envelope."""
    return value if isinstance(value, list) else []
