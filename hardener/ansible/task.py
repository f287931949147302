"""One task becomes one step, or Left is raised with the reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hardener.ansible import by_hand, expressions, shorthand, stats
from hardener.ansible.arguments import Arguments
from hardener.ansible.keywords import is_keyword, keywords
from hardener.ansible.modules import MODULES, short
from hardener.ansible.notes import Left
from hardener.ansible.source import Map
from hardener.dataclass import dataclass, field
from hardener.playbook import language
from hardener.playbook.marks import Document, Place
from hardener.playbook.params import every_run_problem, params_problems, undo_problem
from hardener.playbook.templates import CONDITIONS

COMMANDS = ("command", "shell", "raw")
NOWHERE = Place(Document("", (), None, {}, {}))


@dataclass
class Surroundings:
    """Where a task stands: `find` finds files that it names, `lost` are results that nobody has."""

    find: Callable[[str, str], Path | None]
    handler: bool = False
    lost: dict[str, str] = field(default_factory=dict)


def module_of(task: Map) -> str:
    """Return the key of a task that names its module."""
    names = [key for key in task if not is_keyword(key)]
    if not names and isinstance(task.get("action"), str | dict):
        return "action"
    if len(names) != 1:
        raise Left("it has no module" if not names else f"it has {len(names)} modules")
    return names[0]


def step_of(task: Map, around: Surroundings, differs: Callable[[str], None]) -> dict[str, Any]:
    """Return the step; the type stands where the module stood."""
    beside = keywords(task, differs)
    key = module_of(task)
    name, given = _called(key, task)
    if name not in MODULES:
        raise Left(_no_counterpart(name))
    args = Arguments(name, given, differs, around.handler, task, around.find)
    kind, params = MODULES[name](args)
    args.rest()
    params = expressions.below(params)
    if "register" in args.without:
        around.lost.update(dict.fromkeys(gives(task), f"`{name}`, a check here"))
    beside = {each: beside[each] for each in beside if each not in args.without}
    beside |= expressions.below({k: v for k, v in args.beside.items() if k not in beside})
    _as_user(kind, params, beside, differs)
    _valid(kind, params, around.handler)
    return _in_order(task, key, kind, params, beside)


def _called(key: str, task: Map) -> tuple[str, dict[str, Any]]:
    """Return a module's short name and all of its arguments."""
    name, value = key, task[key]
    if key == "action":
        value = dict(value) if isinstance(value, dict) else {"_raw": value}
        raw = value.pop("_raw", value.get("module", ""))
        value.pop("module", None)
        name, _, rest = str(raw).partition(" ")
        value = value or rest
    name = short(name)
    if isinstance(value, str):
        value = shorthand.command(value) if name in COMMANDS else shorthand.pairs(value)
    if not isinstance(value, dict | None):
        raise Left(f"what `{name}` is given is neither text nor a mapping")
    more = task.get("args")
    return name, {**(value or {}), **(more if isinstance(more, dict) else {})}


def _no_counterpart(name: str) -> str:
    if name in language().names("step"):
        return f"what `{name}` is given is not turned yet"
    return by_hand.of_module(name)


def without_lost(task: Map, around: Surroundings) -> None:
    """Refuse a task that uses a result which no step gives."""
    for name in sorted(_used(task) & around.lost.keys()):
        raise Left(f"it uses `{name}` of {around.lost[name]}, which was not turned")
    asked = stats.unknown(" ".join(_inside(task)))
    if asked:
        raise Left(f"it uses `{asked}`: of a `stat`, {', '.join(stats.ASKED)} are known here")


def _used(task: Map) -> set[str]:
    """Return the words in the templates and conditions of a task, not those of its blocks."""
    given = {task.get("register")} - {None}
    return {word for text in _inside(task) for word in re.findall(r"[A-Za-z_]\w*", text)} - given


def _inside(task: Map) -> list[str]:
    own = {key: value for key, value in task.items() if key not in ("block", "rescue", "always")}
    inside = [found[2] for found in expressions.BRACES.finditer(json.dumps(own, default=str))]
    inside += [json.dumps(own[key], default=str) for key in CONDITIONS if key in own]
    asserted = [own[key] for key in own if short(key) == "assert"]
    return [*inside, *(json.dumps(each, default=str) for each in asserted)]


def gives(task: Map) -> Iterator[str]:
    """Name the variables that a task would have given."""
    if isinstance(task.get("register"), str):
        yield task["register"]
    for key in task:
        if short(key) == "set_fact":
            value = task[key]
            facts = shorthand.pairs(value) if isinstance(value, str) else value or {}
            yield from (name for name in facts if name != "cacheable")


def _as_user(
    kind: str, params: dict[str, Any], beside: dict[str, Any], differs: Callable[[str], None]
) -> None:
    """Only a command is done as another user than the play; a file is given to that user."""
    schema = language().schema("step", kind)
    if "become_user" not in beside or schema.data.get("as_user"):
        return
    user = beside.pop("become_user")
    if user in (None, "root"):
        return
    if "owner" not in schema.properties:
        raise Left(f"`{kind}` is not done as another user than the play (`become_user: {user}`)")
    params.setdefault("owner", user)
    differs(f"it is done as the play's user, and the file given to {user}")


def _valid(kind: str, params: dict[str, Any], handler: bool) -> None:
    """Refuse what `harden validate` would."""
    schema = language().schema("step", kind)
    found = list(params_problems(schema, params, NOWHERE))
    if not handler and not found:
        found += [
            *undo_problem(schema, params, NOWHERE),
            *every_run_problem(schema, params, NOWHERE),
        ]
    if found:
        hint = f" ({found[0].hint})" if found[0].hint else ""
        raise Left(found[0].what + hint)


def _in_order(
    task: Map, key: str, kind: str, params: dict[str, Any], beside: dict[str, Any]
) -> dict[str, Any]:
    step: dict[str, Any] = {}
    for each in task:
        name = "loop" if each.startswith("with_") else each
        if each == key:
            step[kind] = params
        elif name in beside:
            step[name] = beside[name]
    return {**step, **beside}
