"""Find attributes that no result of a step (`register`) can have, before any host is asked.

Only what is certain is told: nothing of what `is defined` or `default` asks for anywhere in the play, of
names that something else gives too, nor where files that only a host names may bring more steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hardener.dataclass import dataclass
from hardener.errors import Problem
from hardener.playbook.marks import Place
from hardener.playbook.results import Shape, advice, at, names_of_loop, of_call, of_step, wrong
from hardener.playbook.templates import CONDITIONS, has_template, is_secret, without_source
from hardener.playbook.tree import PARTS, Node, PlayNode

if TYPE_CHECKING:
    from hardener.playbook.schemas import Language
    from hardener.render.attributes import Asked, Attributes

JUDGED = ("changed_when", "failed_when", "until")
"""These know the step's own result."""
LOOPED = re.compile(r"\{\{\s*(\w+)\.results\s*\}\}")
WORD = re.compile(r"\w+")
Shapes = Mapping[str, Sequence[Shape]]


def attribute_problems(play: PlayNode, words: Language) -> Iterator[Problem]:
    """Yield the attributes of results that a play asks for and that are never there."""
    nodes = [pair for pair in (*play.all_steps(), *play.all_handlers()) if _is_mapping(pair[0])]
    steps = [node.data for node, _ in nodes if _registers(node)]
    judged = any(key in node.data for node, _ in nodes for key in JUDGED)
    if not (steps or judged) or play.unread:
        return
    shapes: dict[str, list[Shape]] = {}
    for step in steps:
        shapes.setdefault(step["register"], []).append(of_step(step, words))
    given = set(_given(play, nodes))
    uses = list(
        _Uses(play, nodes, {n: s for n, s in shapes.items() if n not in given}, given, words)
    )
    spared = {pair for use in uses for pair in use.found.spared}
    for use in uses:
        yield from map(without_source, use.problems(spared)) if use.secret else use.problems(spared)


def _is_mapping(node: Node) -> bool:
    return isinstance(node.data, dict)


def _registers(node: Node) -> bool:
    return node.kind == "step" and isinstance(node.data.get("register"), str)


Around = tuple[Node, tuple[Node, ...]]


def _given(play: PlayNode, nodes: Iterable[Around]) -> Iterator[str]:
    """Name the variables that something else than a step gives, which may be what is meant."""
    yield from _names(play.data.get("vars"))
    for node, _ in nodes:
        yield from (*_names(node.data.get("vars")), *node.variables, *names_of_loop(node.data))
        for variables in node.role.variables.values() if node.role else ():
            yield from variables


def _names(variables: Any) -> Iterator[str]:
    yield from variables if isinstance(variables, dict) else ()


@dataclass(frozen=True)
class _Use:
    """A template or condition, and the shapes of the results that it knows."""

    place: Place
    found: Attributes
    shapes: Shapes
    secret: bool

    def problems(self, spared: set[tuple[str, Any]]) -> Iterator[Problem]:
        for asked in self.found.asked:
            own = asked.name in self.found.own
            shapes = () if own else self.shapes.get(asked.name, ())
            failed = wrong(shapes, asked.keys) if shapes else None
            if failed and not _is_spared(asked, failed[0] + 1, spared):
                yield self._problem(asked, *failed)

    def _problem(self, asked: Asked, count: int, shapes: Sequence[Shape]) -> Problem:
        stem, key = _written(asked.name, asked.keys[:count]), str(asked.keys[count])
        titles = dict.fromkeys(shape["title"] for shape in shapes if "title" in shape)
        what = f"there is no `{key}` in `{stem}`" + (", " if titles else "") + " or ".join(titles)
        return self.place.document.problem(
            self.place.path, what, advice(stem, shapes, key), line=asked.line, word=f"{stem}.{key}"
        )


def _is_spared(asked: Asked, count: int, spared: set[tuple[str, Any]]) -> bool:
    """Is it asked somewhere whether this is there, or what is above or below it?"""
    wanted = asked.keys[:count]
    return asked.name in {name for name, _ in spared} and any(
        name == asked.name and all(a == b for a, b in zip(keys, wanted, strict=False))
        for name, keys in spared
        if keys
    )


def _written(name: str, keys: Sequence[object]) -> str:
    return name + "".join(f".{key}" if isinstance(key, str) else f"[{key}]" for key in keys)


@dataclass(frozen=True)
class _Uses:
    """All templates and conditions of a play that name a result, in the order of its steps."""

    play: PlayNode
    nodes: Sequence[Around]
    shapes: Shapes
    given: set[str]
    words: Language

    def __iter__(self) -> Iterator[_Use]:
        yield from _below(self.play.data.get("vars"), self.play.place / "vars", self.shapes, False)
        seen: dict[str, Sequence[Shape]] = {}
        for node, around in self.nodes:
            yield from self._of_node(
                node, seen, any(is_secret(each.data) for each in (node, *around))
            )
            name = node.data["register"] if _registers(node) else ""
            seen.update({name: self.shapes[name]} if name in self.shapes else {})

    def _of_node(self, node: Node, seen: Shapes, secret: bool) -> Iterator[_Use]:
        known = {**seen, **self._items(node.data, seen)}
        judging = {**known, **(self._own(node.data) if node.kind == "step" else {})}
        for key, value in node.data.items():
            if node.kind == "step" or key not in PARTS:
                shapes = judging if key in JUDGED else known
                yield from _below(value, node.place / key, shapes, secret, key in CONDITIONS)

    def _own(self, step: Mapping[str, Any]) -> Shapes:
        name = step.get("register", "result")
        return {} if name in self.given else {str(name): [of_call(step, self.words)]}

    def _items(self, data: Mapping[str, Any], seen: Shapes) -> Shapes:
        """Return what the items of a loop over results are."""
        loop = data.get("loop")
        found = LOOPED.fullmatch(loop) if isinstance(loop, str) else None
        items = at(seen.get(found[1], ()), ["results", 0]) if found else []
        return dict.fromkeys(names_of_loop(data)[:1], items) if items else {}


def _below(
    data: Any, place: Place, shapes: Shapes, secret: bool, condition: bool = False
) -> Iterator[_Use]:
    """Yield the templates in nested data that name one of these results."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _below(value, place / key, shapes, secret, condition)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _below(value, place / index, shapes, secret, condition)
    elif isinstance(data, str) and (condition or has_template(data)) and _named(data, shapes):
        from hardener.render.attributes import attributes, of_condition

        yield _Use(place, (of_condition if condition else attributes)(data), shapes, secret)


def _named(text: str, shapes: Shapes) -> bool:
    return not shapes.keys().isdisjoint(WORD.findall(text))
