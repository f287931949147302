"""Turn a graph of YAML nodes into plain data and marks, in one walk.

The data is that of JSON: text, whole numbers, true/false, null, lists, and mappings with text
as keys. An alias is walked once for each use, so that each use has marks of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from hardener.errors import PlaybookError, Problem
from hardener.inventory.depth import DEEPEST, TOO_DEEP
from hardener.inventory.marked import Unsafe, Vaulted
from hardener.playbook.marks import COLUMNS, Mark, Packed, Path, problem
from hardener.playbook.syntax import QUOTES, UNQUOTED, unquoted_template

TAG = "tag:yaml.org,2002:"
ALIAS_BUDGET = 50_000
MERGE = "<<"
VAULT = "!vault"
COLLECTIONS = (TAG + "map", TAG + "seq")
HOLE = Vaulted("")
"""Stands for what cannot be read: like a secret, it may be anything, so no more is said of it."""

Named = tuple[yaml.Node, str, yaml.Node]
"""A key, its text, and the value."""

SCALARS: dict[str, Any] = {
    TAG + "str": str,
    TAG + "int": int,
    TAG + "bool": lambda text: {"true": True, "false": False}[text.lower()],
    TAG + "null": lambda text: None,
    "!unsafe": Unsafe,
}


class Walk:
    """One walk over one file; fills `values`, `keys` and `problems`, beside which the rest can be judged."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines
        self.values: dict[Path, Packed] = {}
        self.keys: dict[Path, Packed] = {}
        self.problems: list[Problem] = []
        # Without aliases a file has fewer nodes than characters.
        self.budget = sum(map(len, lines)) + len(lines) + ALIAS_BUDGET

    def data(self, node: yaml.Node, path: Path = ()) -> Any:
        """Return the plain data of a node."""
        self.values[path] = _packed(node)
        self._count(node, len(path))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in COLLECTIONS:
            return self._unknown_tag(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return [self.data(item, (*path, index)) for index, item in enumerate(node.value)]

    def _count(self, node: yaml.Node, depth: int) -> None:
        self.budget -= 1
        if depth > DEEPEST:
            self._end(node, TOO_DEEP, _RECURSION)
        if self.budget < 0:
            self._end(node, f"its aliases expand to more than {ALIAS_BUDGET} values")

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag == VAULT:
            line, column = _mark(node)
            return Vaulted(node.value, f"{self.file}:{line + 1}:{column + 1}")
        make = SCALARS.get(node.tag)
        if make is None:
            return self._unknown_tag(node)
        if node.value == "" and self._cut_off(node):
            return self._hole(node, "`#` begins a comment here, and the value is empty", QUOTES)
        try:
            return make(node.value)
        except (ValueError, KeyError):
            what = f"`{node.value}` is not of the type that its tag names"
            return self._hole(
                node, what, "leave the tag out; write `true` or `false`, and plain digits"
            )

    def _cut_off(self, node: yaml.Node) -> bool:
        """Does a `#` follow that somebody meant as text: `color: #fff`?"""
        line, column = _mark(node)
        rest = self.lines[line][column:] if line < len(self.lines) else ""
        return re.match(r"\s+#\w", rest) is not None

    def _unknown_tag(self, node: yaml.Node) -> Vaulted:
        name = node.tag.replace(TAG, "!!")
        return self._hole(node, f"the tag `{name}` is not known", "leave the tag out")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> Any:
        if _braces(node):
            template = unquoted_template(self.file, self.lines, node.start_mark.line)
            return self._hole(node, UNQUOTED, template.hint if template else QUOTES)
        found: dict[str, Any] = {}
        for key, name, value in self._named(node):
            if not self._duplicate(key, name, path, found):
                self._put(key, name, value, path, found)
        for key, name, value in self._merged(node, 0):
            if name not in found:
                self._put(key, name, value, path, found)
        return found

    def _put(
        self, key: yaml.Node, name: str, value: yaml.Node, path: Path, found: dict[str, Any]
    ) -> None:
        inner = (*path, name)
        self.keys[inner] = _packed(key)
        found[name] = self.data(value, inner)

    def _named(self, node: yaml.MappingNode) -> Iterator[Named]:
        """Yield what a mapping says itself."""
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._report(key, "a key must be text")
            elif not _is_merge(key):
                yield key, str(key.value), value

    def _merged(self, node: yaml.MappingNode, depth: int) -> Iterator[Named]:
        """Yield what `<<` brings: what is named first wins, and what a mapping says itself."""
        for source in (
            each for key, value in node.value if _is_merge(key) for each in _listed(value)
        ):
            self._count(source, depth)
            if isinstance(source, yaml.MappingNode):
                yield from self._named(source)
                yield from self._merged(source, depth + 1)
            else:
                self._report(source, "`<<` takes a mapping", "write `<<: *name` of a mapping")

    def _duplicate(self, key: yaml.Node, name: str, path: Path, found: dict[str, Any]) -> bool:
        if name in found:
            first = self.keys[(*path, name)] // COLUMNS + 1
            hint = f"it is also on line {first}: keep one"
            hint += (
                ", or begin the other item with `- `" if path and isinstance(path[-1], int) else ""
            )
            self._report(key, f"`{name}` is here twice", hint)
        return name in found

    def _hole(self, node: yaml.Node, what: str, hint: str = "") -> Vaulted:
        self._report(node, what, hint)
        return HOLE

    def _end(self, node: yaml.Node, what: str, hint: str = "") -> NoReturn:
        """Give up: what follows has no end, or no bottom."""
        self._report(node, what, hint)
        raise PlaybookError(self.problems)

    def _report(self, node: yaml.Node, what: str, hint: str = "") -> None:
        self.problems.append(self._problem(node, what, hint))

    def _problem(self, node: yaml.Node, what: str, hint: str = "") -> Problem:
        return problem(self.file, self.lines, _mark(node), what, hint)


_RECURSION = "does an alias (`*name`) stand inside what it names?"


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.value == MERGE and not key.style


def _listed(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]


def _braces(node: yaml.MappingNode) -> bool:
    """Tell whether a mapping begins with `{{`."""
    key = node.value[0][0] if node.value else node
    return isinstance(key, yaml.MappingNode) and key.start_mark.index == node.start_mark.index + 1


def _packed(node: yaml.Node) -> Packed:
    start = node.start_mark
    return int(start.line * COLUMNS + start.column)


def _mark(node: yaml.Node) -> Mark:
    start = node.start_mark
    return start.line, start.column
