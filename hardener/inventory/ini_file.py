"""Ansible's INI inventory: `[group]`, `[group:vars]`, `[group:children]`.

Host lines are split as a shell splits words and `#` starts a comment on them; on `:vars` lines
everything after the first `=` is the value. `;` is a comment only at the start of a line.
"""

from __future__ import annotations

import re
import shlex

from hardener.errors import Problem
from hardener.inventory.draft import Draft
from hardener.inventory.values import literal

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_GROUP_NAME = re.compile(r"([^:\]\s]+)\s*(?:#.*)?")


def read(draft: Draft, path: str, text: str) -> None:
    """Add a file to the draft; mistakes go to `draft.problems`."""
    reader = _Reader(draft, path)
    for number, line in enumerate(text.splitlines(), start=1):
        reader.take(number, line)
    reader.finish()


_LONGEST = 100_000  # characters: shlex takes time by the square of a word's length


def _refuse_endless(line: str) -> None:
    if len(line) > _LONGEST:
        raise ValueError(f"this line has more than {_LONGEST} characters")


class _Reader:
    def __init__(self, draft: Draft, path: str) -> None:
        self.draft, self.path = draft, path
        self.group, self.kind = "ungrouped", "hosts"
        self.line, self.number = "", 0
        self.declared = set(draft.groups)
        self.wanted: dict[str, Problem] = {}  # groups that need a section of their own, by name
        self.waiting: dict[str, list[str]] = {}  # such a group: the parents that named it

    def take(self, number: int, line: str) -> None:
        self.number, self.line = number, line
        text = line.strip()
        if not text or text[0] in "#;":
            return
        try:
            _refuse_endless(text)
            self._section(text) if text[0] == "[" and self._is_section(text) else self._entry(text)
        except ValueError as error:
            self.draft.problems.append(self._problem(str(error)))

    def finish(self) -> None:
        unknown = [self.wanted[name] for name in self.wanted if name not in self.declared]
        self.draft.problems += unknown

    def _is_section(self, text: str) -> bool:
        """A line that opens with a bracket may still be a host: `[a:c].example.com`."""
        return bool(_SECTION.fullmatch(text)) or text.endswith("]")

    def _section(self, text: str) -> None:
        match = _SECTION.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is no section: expected [group], [group:vars] or similar")
        self.group, self.kind = match[1], match[2] or "hosts"
        if self.kind not in ("hosts", "vars", "children"):
            raise ValueError(f"[{self.group}:{self.kind}]: expected :vars, :children or :hosts")
        if self.kind == "vars":
            self._want(self.group, f"[{self.group}:vars], but there is no group {self.group!r}")
        self.draft.group(self.group)
        if self.kind != "vars":
            self.declared.add(self.group)
            for parent in self.waiting.pop(self.group, []):
                self.draft.add_child(parent, self.group)

    def _entry(self, text: str) -> None:
        {"hosts": self._host, "vars": self._var, "children": self._child}[self.kind](text)

    def _host(self, text: str) -> None:
        pattern, *words = shlex.split(text, comments=True)
        if pattern == "---":
            raise ValueError("'---' starts a YAML file: name it .yml")
        hosts = self.draft.add_hosts(pattern, self.group, self.path, self._where())
        for word in words:
            key, equals, value = word.partition("=")
            if not equals:
                raise ValueError("expected key=value after the host")
            for host in hosts:
                host.vars[key] = self.draft.given(literal(value), self._where(word))

    def _var(self, text: str) -> None:
        key, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"expected key=value, found {text!r}")
        given = self.draft.given(literal(value.strip()), self._where(key))
        self.draft.group(self.group).set(key.strip(), given)

    def _child(self, text: str) -> None:
        match = _GROUP_NAME.fullmatch(text)
        if not match:
            raise ValueError(f"expected the name of a group, found {text!r}")
        self._want(match[1], f"[{self.group}:children] names {match[1]!r}, which is no group")
        if match[1] in self.declared:
            self.draft.add_child(self.group, match[1])
        else:
            self.waiting.setdefault(match[1], []).append(self.group)

    def _want(self, group: str, what: str) -> None:
        self.wanted.setdefault(group, self._problem(what))

    def _column(self, word: str = "") -> int:
        found = self.line.find(word) if word else -1
        return (found if found >= 0 else len(self.line) - len(self.line.lstrip())) + 1

    def _where(self, word: str = "") -> str:
        return f"{self.path}:{self.number}:{self._column(word)}"

    def _problem(self, what: str) -> Problem:
        return Problem(self.path, self.number, self._column(), what, source=self.line)
