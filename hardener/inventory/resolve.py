"""Settle a draft: who is in which group, and which of several values of a variable counts.

Later wins: all, then its groups from parent to child (siblings by priority, then by name), then
the host. What group_vars/ and host_vars/ files say beats what the inventory file itself says,
and beside the playbook beats beside the inventory (docs.ansible.com, «Variable precedence»).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from hardener.errors import Problem
from hardener.inventory.doubts import doubts
from hardener.inventory.draft import Draft, DraftGroup, Given
from hardener.inventory.model import Group, Host, Inventory
from hardener.inventory.vars_folders import VarsFolders

_Vars = dict[str, Given]


def resolve(
    draft: Draft, folders: Sequence[Path], playbook_dir: Path | None, *, patient: bool = False
) -> Inventory:
    """Make the inventory; problems of vars files are added to the draft's."""
    _adopt(draft)
    files = VarsFolders(patient=patient)
    settled = _Settled(draft, files, folders, [playbook_dir] if playbook_dir else [])
    hosts = {name: settled.host(name) for name in draft.hosts}
    inventory = Inventory(
        hosts=MappingProxyType(hosts),
        groups=MappingProxyType({name: settled.group(name) for name in draft.groups}),
        localhost=settled.implicit_localhost(),
        warnings=tuple(dict.fromkeys([*draft.warnings, *files.warnings, *settled.doubts])),
        closed=tuple(map(str, files.closed)),
    )
    draft.problems += files.problems
    return inventory


def _adopt(draft: Draft) -> None:
    """Put groups without a parent into all, and hosts without a group into ungrouped."""
    children = {child for group in draft.groups.values() for child in group.children}
    for name in [name for name in draft.groups if name not in children and name != "all"]:
        draft.add_child("all", name)
    grouped = {
        host
        for name, group in draft.groups.items()
        for host in group.hosts
        if name not in ("all", "ungrouped")
    }
    ungrouped = draft.groups["ungrouped"]
    ungrouped.hosts = {host: None for host in ungrouped.hosts if host not in grouped}
    ungrouped.hosts |= {host: None for host in draft.hosts if host not in grouped}


class _Settled:
    def __init__(
        self, draft: Draft, files: VarsFolders, beside: Sequence[Path], plays: Sequence[Path]
    ) -> None:
        self.draft, self.files = draft, files
        self.beside, self.plays = beside, plays
        self.doubts: dict[Problem, None] = {}
        self.above = _ancestors(draft)
        self.depth = _depths(draft, self.above)

    def group(self, name: str) -> Group:
        draft = self.draft.groups[name]
        given = {**draft.vars, **self._group_files([name], [*self.beside, *self.plays])}
        return Group(
            name,
            hosts=tuple(draft.hosts),
            children=tuple(draft.children),
            vars=MappingProxyType({key: each.value for key, each in given.items()}),
            priority=draft.priority,
        )

    def host(self, name: str) -> Host:
        groups = [group for group in self._groups_of(name) if group.name != "all"]
        own = self.draft.hosts[name]
        given = self._from_groups(groups) | own.vars
        for folder in [*self.beside, *self.plays]:
            given |= self.files.host(folder, name)
        self.doubts.update(dict.fromkeys(doubts(given)))
        return _host(name, given, sorted(group.name for group in groups), own.source)

    def implicit_localhost(self) -> Host:
        given = self._from_groups([])
        given["ansible_connection"] = Given("local", "")
        given["ansible_python_interpreter"] = Given(sys.executable, "")
        return _host("localhost", given, [], "")

    def _groups_of(self, host: str) -> list[DraftGroup]:
        direct = [group.name for group in self.draft.groups.values() if host in group.hosts]
        names = {name for each in direct for name in (each, *self.above[each])}
        groups = [self.draft.groups[name] for name in names]
        return sorted(groups, key=lambda one: (self.depth[one.name], one.priority, one.name))

    def _from_groups(self, groups: list[DraftGroup]) -> _Vars:
        names = [group.name for group in groups]
        given = dict(self.draft.groups["all"].vars)
        for group in groups:
            given |= group.vars
        for folders in (["all"], self.beside), (["all"], self.plays), (names, self.beside):
            given |= self._group_files(*folders)
        return given | self._group_files(names, self.plays)

    def _group_files(self, names: Sequence[str], folders: Sequence[Path]) -> _Vars:
        given: _Vars = {}
        for folder in folders:
            for name in names:
                given |= self.files.group(folder, name)
        return given


def _host(name: str, given: _Vars, groups: list[str], source: str) -> Host:
    return Host(
        name,
        vars=MappingProxyType({key: each.value for key, each in given.items()}),
        origins=MappingProxyType({key: each.where for key, each in given.items()}),
        groups=tuple(groups),
        source=source,
    )


def _depths(draft: Draft, above: dict[str, set[str]]) -> dict[str, int]:
    """Measure the longest way down from all to each group; who has fewer above it comes first."""
    depth = dict.fromkeys(draft.groups, 0)
    for name in sorted(draft.groups, key=lambda name: len(above[name])):
        for child in draft.groups[name].children:
            depth[child] = max(depth[child], depth[name] + 1)
    return depth


def _ancestors(draft: Draft) -> dict[str, set[str]]:
    above: dict[str, set[str]] = {name: set() for name in draft.groups}
    for name in draft.groups:
        for inner in draft.below(name)[1:]:
            above[inner].add(name)
    return above
