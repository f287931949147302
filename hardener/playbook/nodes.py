"""Turn a graph of YAML nodes into plain data and marks, in one walk.

The data is that of JSON: text, whole numbers, true/false, null, lists, and mappings with text
as keys. An alias is walked once for each use, so that each use has marks of its own.
"""

from __future__ import annotations

from typing import Any

import yaml

from hardener.errors import Problem
from hardener.inventory.marked import Unsafe, Vaulted
from hardener.playbook.marks import Mark, Path, problem
from hardener.playbook.syntax import DEEPEST, TOO_DEEP, unquoted_template

TAG = "tag:yaml.org,2002:"
ALIAS_BUDGET = 50_000
MERGE = "<<"
VAULT = "!vault"

SCALARS: dict[str, Any] = {
    TAG + "str": str,
    TAG + "int": int,
    TAG + "bool": lambda text: {"true": True, "false": False}[text.lower()],
    TAG + "null": lambda text: None,
    "!unsafe": Unsafe,
}


class Walk:
    """One walk over one file; fills `values`, `keys` and `problems`."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.problems: list[Problem] = []
        # Without aliases a file has fewer nodes than characters.
        self.budget = sum(map(len, lines)) + len(lines) + ALIAS_BUDGET

    def data(self, node: yaml.Node, path: Path = ()) -> Any:
        """Return the plain data of a node."""
        self.values[path] = _mark(node)
        self.budget -= 1
        if len(path) > DEEPEST:
            return self._report(node, TOO_DEEP, _RECURSION)
        if self.budget < 0:
            return self._exhausted(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.data(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag == VAULT:
            line, column = _mark(node)
            return Vaulted(node.value, f"{self.file}:{line + 1}:{column + 1}")
        make = SCALARS.get(node.tag)
        if make is None:
            name = node.tag.replace(TAG, "!!")
            return self._report(node, f"the tag `{name}` is not known", "leave the tag out")
        try:
            return make(node.value)
        except (ValueError, KeyError):
            return self._report(node, f"`{node.value}` is not of the type that its tag names")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            name = self._key(key)
            if name == MERGE and not key.style:
                self._merge(value, path, merged)
            elif name is not None and not self._duplicate(key, name, path, found):
                self.keys[(*path, name)] = _mark(key)
                found[name] = self.data(value, (*path, name))
        return self._under(found, merged, path)

    def _under(self, found: dict[str, Any], merged: dict[str, Any], path: Path) -> dict[str, Any]:
        """Add what `<<` brought, where the mapping itself says nothing."""
        for name, (key, value) in merged.items():
            if name not in found:
                self.keys[(*path, name)] = _mark(key)
                found[name] = self.data(value, (*path, name))
        return found

    def _merge(self, node: yaml.Node, path: Path, merged: dict[str, Any]) -> None:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                self._report(source, "`<<` takes a mapping", "write `<<: *name` of a mapping")
                continue
            for key, value in source.value:
                merged.setdefault(key.value, (key, value))

    def _key(self, key: yaml.Node) -> str | None:
        if isinstance(key, yaml.ScalarNode):
            return str(key.value)
        template = unquoted_template(self.file, self.lines, key.start_mark.line)
        self.problems.append(template or self._problem(key, "a key must be text"))
        return None

    def _duplicate(self, key: yaml.Node, name: str, path: Path, found: dict[str, Any]) -> bool:
        if name in found:
            first = self.keys[(*path, name)][0] + 1
            self._report(key, f"`{name}` is here twice", f"it is also on line {first}: keep one")
        return name in found

    def _exhausted(self, node: yaml.Node) -> None:
        if not any("aliases" in each.what for each in self.problems):
            self._report(node, f"its aliases expand to more than {ALIAS_BUDGET} values")

    def _report(self, node: yaml.Node, what: str, hint: str = "") -> None:
        self.problems.append(self._problem(node, what, hint))

    def _problem(self, node: yaml.Node, what: str, hint: str = "") -> Problem:
        return problem(self.file, self.lines, _mark(node), what, hint)


_RECURSION = "does an alias (`*name`) stand inside what it names?"


def _mark(node: yaml.Node) -> Mark:
    return node.start_mark.line, node.start_mark.column
