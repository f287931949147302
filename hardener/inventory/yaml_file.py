"""Ansible's YAML inventory: groups at the top, each with `hosts`, `vars` and `children`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hardener.errors import Problem
from hardener.inventory.draft import Draft
from hardener.inventory.marked import Marked, Path, parse
from hardener.inventory.nearest import did_you_mean

_SECTIONS = ("vars", "hosts", "children")


def read(draft: Draft, path: str, text: str) -> None:
    """Add a file to the draft; mistakes go to `draft.problems`."""
    marked = parse(path, text)
    draft.warnings += marked.warnings
    reader = _Reader(draft, marked)
    data = marked.data
    if not isinstance(data, Mapping):
        reader.wrong("expected groups (`all:` at the top)")
    elif isinstance(data.get("plugin"), str):
        hint = "give an executable that prints the JSON of `ansible-inventory --list`"
        reader.wrong("inventory plugins are not read", "plugin", hint=hint)
    else:
        for name in data:
            reader.group(str(name), data[name], (name,))


class _Reader:
    def __init__(self, draft: Draft, marked: Marked) -> None:
        self.draft, self.marked = draft, marked

    def wrong(self, what: str, *path: object, hint: str = "") -> None:
        self.draft.problems.append(self.marked.problem(what, *path, hint=hint))

    def group(self, name: str, body: object, path: Path) -> None:
        self.draft.group(name)
        if body is None:
            return
        if not isinstance(body, Mapping):
            self.wrong(f"group {name!r} must hold hosts, vars or children", *path)
            return
        for key, section in body.items():
            if key in _SECTIONS:
                self._section(name, key, section, (*path, key))
            else:
                self._warn(key, name, (*path, key))

    def _section(self, group: str, key: str, section: object, path: Path) -> None:
        if isinstance(section, str):
            section = {section: None}  # `hosts: web1` is short for one host
        if section is None:
            return
        if not isinstance(section, Mapping):
            found = "a list" if isinstance(section, list) else f"{section!r}"
            hint = "each name is a key: write `name:` instead of `- name`"
            self.wrong(f"{key} of {group!r} must be a mapping, found {found}", *path, hint=hint)
            return
        take: Callable[[str, str, object, Path], None] = getattr(self, f"_{key}")
        for name, value in section.items():
            try:
                take(group, str(name), value, (*path, name))
            except ValueError as error:
                self.wrong(str(error), *path, name)

    def _vars(self, group: str, name: str, value: object, path: Path) -> None:
        self.draft.group(group).set(name, self.draft.given(value, self.marked.where(*path)))

    def _children(self, group: str, name: str, body: object, path: Path) -> None:
        self.group(name, body, path)
        self.draft.add_child(group, name)

    def _hosts(self, group: str, pattern: str, body: object, path: Path) -> None:
        where = self.marked.where(*path)
        hosts = self.draft.add_hosts(pattern, group, self.marked.file, where)
        if body is not None and not isinstance(body, Mapping):
            raise ValueError(f"host {pattern!r} must hold its variables (`name: value`)")
        for key, value in (body or {}).items():
            for host in hosts:
                host.vars[str(key)] = self.draft.given(value, self.marked.where(*path, key))

    def _warn(self, key: object, group: str, path: Path) -> None:
        what = f"{key!r} in group {group!r} is ignored: only vars, hosts and children count"
        warning: Problem = self.marked.problem(what, *path, hint=did_you_mean(str(key), _SECTIONS))
        self.draft.warnings.append(warning)
