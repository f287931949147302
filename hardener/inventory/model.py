"""The inventory as everything else sees it: frozen, resolved, not rendered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from hardener.dataclass import dataclass, field
from hardener.errors import Problem
from hardener.inventory import patterns
from hardener.inventory.connection import Connection, connection_of


@dataclass(frozen=True)
class Group:
    """Direct members only, in the order of the sources; see `Inventory.members` for all."""

    name: str
    hosts: tuple[str, ...]
    children: tuple[str, ...]
    vars: Mapping[str, object] = field(hash=False)
    priority: int = 1


@dataclass(frozen=True)
class Host:
    """A host and its variables by precedence; their templates are not rendered.

    `origins` says for each variable which place gave it. `groups` leaves out `all`.
    """

    name: str
    vars: Mapping[str, object] = field(default_factory=dict, hash=False)
    origins: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    groups: tuple[str, ...] = ()
    source: str = ""

    @cached_property
    def connection(self) -> Connection:
        """The way in. HardenerError if a variable makes no sense, or holds a template.

        hardener.render.variables.connection_for renders such templates first.
        """
        return connection_of(self.name, self.vars, self.origins)


@dataclass(frozen=True)
class Inventory:
    """All hosts and groups. `localhost` is the implicit one, for when no source names it."""

    hosts: Mapping[str, Host]
    groups: Mapping[str, Group]
    localhost: Host
    warnings: tuple[Problem, ...] = ()
    closed: tuple[str, ...] = ()  # vaults whose variables are missing

    def host(self, name: str) -> Host:
        """Return one host, or the implicit localhost; KeyError if there is none."""
        implicit = name == self.localhost.name and name not in self.hosts
        return self.localhost if implicit else self.hosts[name]

    def select(self, pattern: str, limit: str | None = None) -> tuple[Host, ...]:
        """Return the hosts of a pattern in order; UsageError for a name that is not there."""
        hosts = patterns.match(self, pattern)
        if limit is None:
            return tuple(hosts)
        wanted = {host.name for host in patterns.match(self, limit)}
        return tuple(host for host in hosts if host.name in wanted)

    def members(self, group: str) -> tuple[str, ...]:
        """Name all hosts of a group and of the groups in it, level by level."""
        return self.membership[group]

    @cached_property
    def membership(self) -> Mapping[str, tuple[str, ...]]:
        """Name the hosts of every group, as Ansible's `groups` has them."""
        return {
            name: tuple(dict.fromkeys(host for each in self.below(name) for host in each.hosts))
            for name in self.groups
        }

    @cached_property
    def listed(self) -> Mapping[str, list[str]]:
        """The same as lists, as templates know them; one for all hosts, nobody changes them."""
        return {name: list(hosts) for name, hosts in self.membership.items()}

    def below(self, group: str) -> list[Group]:
        """Return the group and all groups in it, level by level."""
        order, level = [group], [group]
        while level:
            level = [child for name in level for child in self.groups[name].children]
            level = list(dict.fromkeys(child for child in level if child not in order))
            order += level
        return [self.groups[name] for name in order]
