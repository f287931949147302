"""What the sources say, gathered before groups are sorted and variables resolved.

Several sources write into one draft, later ones over earlier ones.
"""

from __future__ import annotations

from typing import NamedTuple

from hardener.dataclass import dataclass, field
from hardener.errors import Problem
from hardener.inventory import ranges
from hardener.inventory.marked import Opened


class Given(NamedTuple):
    """A variable's value and the place that gave it (`file:line:column`, or a file)."""

    value: object
    where: str


@dataclass
class DraftHost:
    """A host as the sources name it; `source` is the one that named it first."""

    name: str
    source: str
    vars: dict[str, Given] = field(default_factory=dict)


@dataclass
class DraftGroup:
    """A group with its direct members, in the order in which they were named."""

    name: str
    hosts: dict[str, None] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)
    vars: dict[str, Given] = field(default_factory=dict)
    priority: int = 1

    def set(self, key: str, given: Given) -> None:
        """Store a variable; the priority is a property of the group, not a variable."""
        if key == "ansible_group_priority":
            self.priority = _priority(given.value)
        else:
            self.vars[key] = given


def _priority(value: object) -> int:
    value = value.value if isinstance(value, Opened) else value
    try:
        return int(str(value))
    except ValueError:
        what = f"ansible_group_priority must be a number, found {value!r}"
        raise ValueError(what) from None


@dataclass
class Draft:
    """Hosts and groups under construction, and every mistake found on the way."""

    hosts: dict[str, DraftHost] = field(default_factory=dict)
    groups: dict[str, DraftGroup] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    secret: bool = False  # what is read now was in a vault

    def __post_init__(self) -> None:
        self.group("all").children.append("ungrouped")
        self.group("ungrouped")

    def given(self, value: object, where: str) -> Given:
        """Return a value as this source gives it."""
        return Given(Opened(value) if self.secret else value, where)

    def group(self, name: str) -> DraftGroup:
        """Return the group, made if it is new."""
        return self.groups.setdefault(name, DraftGroup(name))

    def add_hosts(self, pattern: str, group: str, source: str, where: str) -> list[DraftHost]:
        """Put all hosts of a pattern into a group; a port counts where the host is new."""
        names, port = ranges.expand(pattern)
        return [self._add_host(name, port, group, source, where) for name in names]

    def _add_host(
        self, name: str, port: int | None, group: str, source: str, where: str
    ) -> DraftHost:
        if name not in self.hosts:
            self.hosts[name] = DraftHost(name, source)
            if port is not None:
                self.hosts[name].vars["ansible_port"] = Given(port, where)
        self.group(group).hosts[name] = None
        return self.hosts[name]

    def add_child(self, parent: str, child: str) -> None:
        """Put a group into a group; ValueError when that closes a circle."""
        if parent == child or parent in self.below(child):
            raise ValueError(
                f"group {child!r} cannot be in {parent!r}, which is itself in {child!r}"
            )
        children = self.group(parent).children
        self.group(child)
        if child not in children:
            children.append(child)

    def below(self, name: str) -> list[str]:
        """Name the group and all groups in it, level by level: the order of their hosts."""
        order, level = [name], [name]
        while level:
            level = [child for group in level for child in self.groups[group].children]
            level = list(dict.fromkeys(child for child in level if child not in order))
            order += level
        return order
