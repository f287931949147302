"""Names within a play that must fit together: handlers, who notifies them, unique markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hardener.errors import Problem
from hardener.playbook.marks import Place
from hardener.playbook.nearest import did_you_mean

if TYPE_CHECKING:
    from hardener.playbook.schemas import Language
    from hardener.playbook.tree import Node, PlayNode


TEMPLATE = re.compile(r"\{\{.*?\}\}")
LATE = "this {kind} would have to wait for `{name}`, the result of a step"
LATE_HINT = (
    "which steps there are is settled before the run: loop over what is known by then, "
    "or write `loop` or `when` at the steps themselves"
)


def reference_problems(play: PlayNode, words: Language) -> Iterator[Problem]:
    """Yield the names of a play that lead nowhere, or to two things.

    What is notified is looked at once all handlers are known.
    """
    steps = _mappings(play.all_steps())
    handlers = _mappings(play.all_handlers())
    single = [(data, place) for data, place, kind in steps if kind == "step"]
    yield from _handler_names([(data, place) for data, place, _ in handlers])
    yield from _listeners(single)
    known = {name for each, _, _ in handlers for name in _names(each)}
    known |= {
        f"{role} : {name}" for role, each in play.handlers_of_roles() for name in _names(each)
    }
    told = not play.unread
    results = {name for each, _, _ in steps for name in texts(each.get("register"))}
    for each, where, kind in [*steps, *handlers]:
        yield from _late(each, where, kind, results)
        yield from _notified(each, where, known) if told else ()
        if kind == "step":
            yield from _become_user(each, where, words)
    yield from _run_once(handlers)
    yield from _backwards(handlers)
    yield from _unique(single, words)


def _late(data: dict[str, Any], place: Place, kind: str, results: set[str]) -> Iterator[Problem]:
    """Refuse a group whose steps would be known only when others have run."""
    from hardener.render.needs import names_in, names_in_condition

    keys = () if kind == "step" else ("loop",) if kind == "block" else ("loop", kind)
    needed = {key: names_in(data.get(key)) for key in keys}
    if kind == "include_vars":
        needed["when"] = names_in_condition(data.get("when"))
    for key, names in needed.items():
        for name in sorted(names & results):
            what = LATE.format(kind=kind, name=name)
            yield place.problem(what, key, hint=LATE_HINT)


def _become_user(step: dict[str, Any], place: Place, words: Language) -> Iterator[Problem]:
    """Refuse a user for a step that would not be done as them (`as_user` of its schema)."""
    types = [key for key in step if key in words.names("step")]
    if "become_user" in step and types and not words.schema("step", types[0]).data.get("as_user"):
        able = [
            name for name in words.names("step") if words.schema("step", name).data.get("as_user")
        ]
        what = f"`{types[0]}` is not done as another user than the play; only {', '.join(able)} is"
        hint = "name `owner` where the step has it, or make it a play with this `become_user`"
        yield place.problem(what, "become_user", hint=hint)


def _run_once(handlers: Sequence[tuple[dict[str, Any], Place, str]]) -> Iterator[Problem]:
    for each, place, _ in handlers:
        if "run_once" in each:
            what = "a handler runs on each host that has notified it"
            yield place.problem(what, "run_once", hint="leave `run_once` out", key=True)


def _backwards(handlers: Sequence[tuple[dict[str, Any], Place, str]]) -> Iterator[Problem]:
    """Refuse that a handler notifies what has had its turn when it runs: nobody would hear it."""
    last = {name: number for number, (each, _, _) in enumerate(handlers) for name in _names(each)}
    for number, (each, place, _) in enumerate(handlers):
        for name in texts(each.get("notify")):
            if last.get(name, number + 1) <= number:
                what = f"handlers run in their order, and the turn of `{name}` is over by then"
                yield place.problem(what, "notify", hint="write it below this one")


Mapped = list[tuple[dict[str, Any], Place]]


def _mappings(
    nodes: Iterable[tuple[Node, object]],
) -> list[tuple[dict[str, Any], Place, str]]:
    return [(n.data, n.place, n.kind) for n, _ in nodes if isinstance(n.data, dict)]


def texts(value: Any) -> list[str]:
    """Return the texts of a text or a list of them."""
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str)]


def _names(handler: dict[str, Any]) -> list[str]:
    return texts(handler.get("name")) + texts(handler.get("listen"))


def _handler_names(handlers: Mapped) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for each, place in handlers:
        if not _names(each):
            yield place.problem("a handler needs `name`: steps notify it by that")
        for name in texts(each.get("name")):
            if name in seen:
                hint = f"the first is at {seen[name]}"
                yield place.problem(f"two handlers are called `{name}`", "name", hint=hint)
            seen.setdefault(name, place / "name")


def _listeners(steps: Mapped) -> Iterator[Problem]:
    for each, place in steps:
        if "listen" in each:
            hint = "move the step below `handlers:`"
            yield place.problem("only a handler can `listen`", "listen", hint=hint, key=True)


def _notified(step: dict[str, Any], place: Place, known: set[str]) -> Iterator[Problem]:
    value = step.get("notify")
    for index, name in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(name, str) and "{{" not in name and not _answers(name, known):
            inner = ("notify", index) if isinstance(value, list) else ("notify",)
            hint = did_you_mean(name, known) or "add it below `handlers:`"
            yield place.problem(f"no handler is called `{name}`", *inner, hint=hint)


def _answers(name: str, known: set[str]) -> bool:
    """Is it a handler's name, or what one with a template may become?"""
    return name in known or any(
        re.fullmatch(".*".join(map(re.escape, TEMPLATE.split(each))), name) for each in known
    )


def _unique(steps: Mapped, words: Language) -> Iterator[Problem]:
    """Find two steps that own the same thing, as a step type's `unique_in_play` defines it.

    Steps with a condition may exclude each other, so only those without are compared.
    """
    seen: dict[tuple[str, ...], Place] = {}
    used = {key for step, _ in steps for key in step}.intersection(words.names("step"))
    every = {name: words.schema("step", name).data for name in used}
    owners = {
        name: data["unique_in_play"] for name, data in every.items() if "unique_in_play" in data
    }
    for step, place in steps:
        for name in owners.keys() & step.keys() if "when" not in step else ():
            parts, params = owners[name], step[name]
            if not isinstance(params, dict):
                continue
            identity = (name, *(str(params.get(part)) for part in parts))
            if identity in seen:
                what = f"a second `{name}` with the same {' and '.join(parts)}"
                yield place.problem(what, name, hint=f"the first is at {seen[identity]}", key=True)
            seen.setdefault(identity, place / name)
