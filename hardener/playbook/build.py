"""Make the model of a playbook in which `validate` found nothing wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from hardener.dataclass import replace
from hardener.inventory.placed import merged
from hardener.playbook.files import step_search
from hardener.playbook.inherit import Inherited, environment, tags
from hardener.playbook.marks import Place, placed
from hardener.playbook.model import Block, Check, Condition, LoopControl, Play, Playbook, Step
from hardener.playbook.references import texts
from hardener.playbook.schemas import CHECKS, Language
from hardener.playbook.templates import is_final
from hardener.playbook.tree import PARTS, Node, PlayNode

ATTEMPTS_OF_UNTIL = 3
JUDGED = ("changed_when", "failed_when", "until")
USUAL = LoopControl()
PLAIN = (
    *("register", "become", "become_user", "guarded", "ignore_errors", "delay", "no_log"),
    *("if_possible", "run_once", "delegate_to"),
)


def build(path: str, plays: Sequence[PlayNode], words: Language) -> Playbook:
    """Return the playbook of the file `path`."""
    return Playbook(path, tuple(build_play(play, words) for play in plays))


def build_play(node: PlayNode, words: Language) -> Play:
    """Return one play."""
    place, within = node.place, Inherited()
    for each in node.imports:
        within = within.within(each)
    filled = words.envelope["play"].fill(node.data)
    del filled["roles"], filled["steps"]
    hosts = ",".join(texts(filled["hosts"]))
    lists = {
        "serial": tuple(_listed(filled.get("serial"))),
        "tags": (*within.tags, *tags(filled["tags"])),
        "vars": merged(placed(filled["vars"], place / "vars"), within.given),
        "vars_prompt": tuple(
            (each, place.at("vars_prompt", index))
            for index, each in enumerate(filled["vars_prompt"])
        ),
        "vars_files": tuple(
            tuple(each) if isinstance(each, list) else each for each in filled["vars_files"]
        ),
        "environment": environment(filled["environment"]),
        "max_fail_percentage": filled.get("max_fail_percentage"),
    }
    steps = Steps(words).all_of(node, Inherited.of(node))
    named = {"name": filled.get("name", hosts), "hosts": hosts, "node": node, "waits": node.waits}
    return Play(**{**filled, **lists, **_checks(filled, place, words), **steps, **named})


class Steps:
    """Numbers the steps of one play as it makes them."""

    def __init__(self, words: Language) -> None:
        self._words = words
        self._numbers = count(1)
        self._file = ""  # of the play
        self._included = merged()  # variables of the files read so far

    def all_of(self, play: PlayNode, outer: Inherited) -> dict[str, Any]:
        self._file = play.place.document.file
        steps = tuple(self._parts(play.steps, outer))
        handlers = []
        for node, around in play.all_handlers():
            within = replace(outer, when=())
            for group in around:
                within = within.within(group)
            handlers.append(self._step(node, within, titled=False))
        return {"parts": steps, "handlers": tuple(handlers), "included": self._included}

    def _parts(self, nodes: Sequence[Node], outer: Inherited) -> Iterator[Step | Block]:
        for node in nodes:
            if node.kind == "include_vars":
                self._included = merged(self._included, node.variables)
            elif node.kind == "step":
                yield self._step(node, outer)
            elif node.parts.get("rescue") or node.parts.get("always"):
                yield self._block(node, outer)
            else:
                for part in node.parts.values():
                    yield from self._parts(part, outer.within(node))

    def _block(self, node: Node, outer: Inherited) -> Block:
        within = outer.within(node)
        parts: dict[str, tuple[Step | Block, ...]] = {}
        for name in PARTS:
            before = self._included
            parts[name] = tuple(self._parts(node.parts[name], within))
            self._included = before if name == "rescue" else self._included
        name = within.titled(node.data.get("name", "block"))
        return Block(name=name, place=node.place, **parts)

    def _step(self, node: Node, within: Inherited, *, titled: bool = True) -> Step:
        data, place = node.data, node.place
        schema = self._words.envelope["step"]
        given = {key: value for key, value in data.items() if key in schema.properties}
        own = schema.fill({**within.words, **given})
        (kind,) = (key for key in data if key not in own)
        judged: dict[str, Any] = {key: condition(own.get(key)) for key in JUDGED}
        if own.get("retries") and not judged["until"]:
            judged["until"] = (f"{own.get('register') or 'result'} is not failed",)
        name = own.get("name", kind)
        params = self._words.schema("step", kind).expand(data[kind])
        return Step(
            number=next(self._numbers),
            name=within.titled(name) if titled else name,
            frame=within.frame if titled else ("", ""),
            type=kind,
            params=params,
            final=is_final(params),
            loop=tuple(own["loop"]) if isinstance(own.get("loop"), list) else own.get("loop"),
            loop_control=LoopControl(**own["loop_control"]) if own.get("loop_control") else USUAL,
            listen=(*texts(own["listen"]), *([] if titled else within.longer(name))),
            controls=tuple(texts(own["controls"])),
            search=step_search(within.around, place, self._file),
            retries=own.get("retries", ATTEMPTS_OF_UNTIL if judged["until"] else 0),
            why=own.get("why", ""),
            risk=own.get("risk", ""),
            uses=within.uses,
            place=place,
            **{key: own.get(key) for key in PLAIN},
            **judged,
            **within.added_to(own, place, self._included),
            **_checks(own, place, self._words),
        )


def _checks(data: dict[str, Any], place: Place, words: Language) -> dict[str, Any]:
    return {
        name: tuple(
            _check(check, place / name / index, words) for index, check in enumerate(data[name])
        )
        for name in CHECKS
        if name in data
    }


def _check(data: dict[str, Any], place: Place, words: Language) -> Check:
    schema = words.envelope["check"]
    own = schema.fill({key: value for key, value in data.items() if key in schema.properties})
    (kind,) = (key for key in data if key not in own)
    type_schema = words.schema("check", kind)
    params = type_schema.expand(data[kind])
    return Check(**{"name": kind, **own}, type=kind, params=params, place=place)


def condition(value: Any) -> Condition:
    """Return the parts of a condition, all of which must hold."""
    return tuple(_listed(value))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
