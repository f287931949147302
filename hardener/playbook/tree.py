"""What the files of a playbook hold, as a tree: plays, groups of steps, steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hardener.dataclass import dataclass, field
from hardener.playbook.marks import Place
from hardener.playbook.references import texts
from hardener.playbook.roles import Role
from hardener.playbook.templates import has_template

PARTS = ("block", "rescue", "always")
BRINGING = ("include", "role", "include_vars")


@dataclass(frozen=True, eq=False)
class Node:
    """A step, or a group of them: of `kind` step, block, include or role; or `include_vars`.

    The `parts` of a block are named as its keys, the one of an include and of a role `steps`.
    `use` counts the uses of a group that is used more than once, `label` tells them apart.
    """

    kind: str
    data: Any
    place: Place
    parts: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    role: Role | None = None
    handlers: tuple[Node, ...] = ()
    use: int | None = None
    label: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)  # of an `include_vars`


@dataclass(frozen=True, eq=False)
class PlayNode:
    """A play (or what is none); `imports` are the entries that brought it, outermost first."""

    data: Any
    place: Place
    imports: tuple[Node, ...]
    steps: tuple[Node, ...] = ()
    handlers: tuple[Node, ...] = ()
    roles: tuple[Role, ...] = ()  # of its list of them: the whole play knows their variables
    closed: bool = False  # was a file of it in a vault that nobody has opened?

    def all_steps(self) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """Yield the groups of steps and the steps, each with the groups around it."""
        yield from _walk(self.steps, ())

    @property
    def waits(self) -> bool:
        """Does what it holds depend on variables of a host?"""
        return any(waits(node.data) for node in self._nodes())

    @property
    def unread(self) -> bool:
        """Were not all of its files read, since only a host tells which, or they are in a vault?"""
        return self.closed or any(is_templated(node.data) for node in self._nodes())

    def _nodes(self) -> Iterator[Node]:
        roles = [node.handlers for node, _ in _walk(self.steps, ()) if node.role]
        for each in (self.steps, self.handlers, *roles):
            yield from (node for node, _ in _walk(each, ()))

    def handlers_of_roles(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the handlers of roles, each with the name of its role."""
        for node, around in self.all_handlers():
            role = next((group.role for group in reversed(around) if group.role), None)
            if role and isinstance(node.data, dict):
                yield role.name, node.data

    def all_handlers(self) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """Yield the handlers of the play and of its roles, each with the groups around it.

        First those of the list `roles`, then the play's own, then those of roles among its steps.
        Where a role is used again, its last use says where they stand, and gives their variables.
        """
        last: dict[Path, tuple[Node, tuple[Node, ...]]] = {}
        for folder, use in _roles(self.steps, ()):
            last.pop(folder, None)
            last[folder] = use
        uses = list(last.values())
        yield from _of_roles(use for use in uses if self._listed(*use))
        for node in self.handlers:
            yield from _leaves(node, ())
        yield from _of_roles(use for use in uses if not self._listed(*use))

    def _listed(self, role: Node, around: tuple[Node, ...]) -> bool:
        """Does a role belong to the play's list of them?"""
        return (*around, role)[0].place.path[:-1] == (self.place / "roles").path


def _of_roles(
    uses: Iterable[tuple[Node, tuple[Node, ...]]],
) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    for role, around in uses:
        for node in role.handlers:
            yield from _leaves(node, (*around, role))


def _leaves(node: Node, around: tuple[Node, ...]) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    if node.kind == "step":
        yield node, around
    for part in node.parts.values():
        for each in part:
            yield from _leaves(each, (*around, node))


def _roles(
    nodes: tuple[Node, ...], around: tuple[Node, ...]
) -> Iterator[tuple[Path, tuple[Node, tuple[Node, ...]]]]:
    """Yield the folder of each role and a use of it with the groups around it, behind what it needs."""
    for node in nodes:
        for part in node.parts.values():
            yield from _roles(part, (*around, node))
        if node.role:
            yield node.role.folder, (node, around)


def _walk(
    nodes: tuple[Node, ...], around: tuple[Node, ...]
) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    for node in nodes:
        yield node, around
        for part in node.parts.values():
            yield from _walk(part, (*around, node))


def group_of(data: Any) -> str:
    """Tell which group of steps this is: block, include, role, include_vars; or '' for a step.

    Our step type `block` takes a mapping where a group is a list.
    """
    if not isinstance(data, dict):
        return ""
    if isinstance(data.get("block"), list):
        return "block"
    return next((kind for kind in BRINGING if kind in data), "")


def waits(data: Any) -> bool:
    """Does it depend on variables of a host which steps or variables a group brings, or how often?"""
    kind = group_of(data)
    return is_templated(data) or kind == "include_vars" or (bool(kind) and "loop" in data)


def is_templated(data: Any) -> bool:
    """Does a template name what a group brings?"""
    named = {"role": data} if isinstance(data, str) else data
    kind = group_of(named)
    return bool(kind) and any(map(has_template, names(named[kind])))


def names(brought: Any) -> list[str]:
    """Return the texts that say what a group brings."""
    if isinstance(brought, dict):
        return [text for value in brought.values() for text in texts(value)]
    return texts(brought)
