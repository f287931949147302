"""Lists of tasks and handlers: tasks, blocks, includes and roles, in their order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hardener.ansible import expressions, stats, updates
from hardener.ansible.keywords import GROUP, LEFT, SPARED, keywords
from hardener.ansible.loops import FIRST, first_found
from hardener.ansible.modules import short
from hardener.ansible.notes import Left, Notes
from hardener.ansible.source import Map, Source
from hardener.ansible.task import Surroundings, gives, step_of, without_lost
from hardener.ansible.writing import Entries, Entry, commented, sentence
from hardener.dataclass import dataclass

BLOCK = ("block", "rescue", "always")
INCLUDES = ("include_tasks", "import_tasks", "include")
ROLES = ("include_role", "import_role")
BESIDE_VARS = ("name", "when", "loop", "loop_control", "tags", "vars", "no_log")
DYNAMIC = ("include_tasks", "include_role")


@dataclass
class Tasks:
    """Turns the lists of one file; `include` and `role` bring other files, and return their names."""

    source: Source
    notes: Notes
    around: Surroundings
    include: Callable[[str, Path], str]
    role: Callable[[str], str]
    variables: Callable[[str], bool]

    def entries(self, tasks: Any) -> Entries:
        """Turn a list of tasks; what can't be turned stands there as comments."""
        found = Entries()
        if tasks is not None and not isinstance(tasks, list):
            self.notes.left(self.source.place(0), "this is no list of tasks")
            return found
        tasks, fetched = updates.joined(tasks or [])
        for place in map(self.source.place, fetched):
            self.notes.differs(place, updates.DIFFERS)
        for task in tasks:
            if isinstance(task, Map):
                found.append(self._entry(task))
            else:
                self.notes.left(self.source.place(0), f"{task!r} is no task")
        return found

    def _entry(self, task: Map) -> Entry:
        place, kept = self.source.place(task.line), len(self.notes.all)
        gap = bool(task.line) and not self._line_above(task.line).strip()
        above = self.source.comments(task.line)
        try:
            task = stats.asked(task)
            data = self._turned(task, partial(self.notes.differs, place))
        except Left as left:
            del self.notes.all[kept:]
            return self._left(task, place, str(left), above, gap)
        return Entry(data, place, [*above, *self.source.comments(task.end)], gap)

    def _line_above(self, line: int) -> str:
        """Return the nearest line above that is no comment."""
        at = line - 1
        while at > 0 and self.source.lines[at].lstrip().startswith("#"):
            at -= 1
        return self.source.lines[at]

    def _left(self, task: Map, place: str, why: str, above: list[str], gap: bool) -> Entry:
        self.notes.left(place, why)
        name = str(task.get("name") or next(iter(task), "a task"))
        self.around.lost.update(dict.fromkeys(gives(task), f"`{name}`"))
        self.source.comments(task.end)  # they stand in the excerpt
        told = sentence(f"not turned: {why}")
        excerpt = commented(self.source.excerpt(task.line, task.end))
        return Entry(None, place, [*above, *told, *excerpt], gap)

    def _turned(self, task: Map, differs: Callable[[str], None]) -> dict[str, Any]:
        without_lost(task, self.around)
        for key in task:
            if key == "block":
                return self._block(task, differs)
            if short(key) in INCLUDES:
                return self._included(task, key, differs)
            if short(key) == "include_vars":
                return self._variables(task, key, differs)
            if short(key) in ROLES:
                return self._used(task, key, differs)
        step = step_of(task, self.around, differs)
        if self.around.handler and not step.get("name"):
            raise Left("a handler needs a name")
        return step

    def _block(self, task: Map, differs: Callable[[str], None]) -> dict[str, Any]:
        if self.around.handler:
            raise Left("a handler is one step, not a block")
        beside = self._group(task, BLOCK, differs)
        parts = {part: self.entries(task[part]) for part in BLOCK if task.get(part)}
        step = {key: parts[key] if key in parts else beside[key] for key in task
                if key in parts or key in beside}  # fmt: skip
        step.setdefault("block", Entries())
        return step

    def _group(
        self, task: Map, own: tuple[str, ...], differs: Callable[[str], None]
    ) -> dict[str, Any]:
        rest = Map()
        rest.update({key: value for key, value in task.items() if key not in own})
        kind = "block" if "block" in own else "group of steps"
        for key, value in rest.items():
            known = (*GROUP, *LEFT, *SPARED)
            if key not in known and not key.startswith("with_") and value is not None:
                raise Left(f"a {kind} has no `{key}` here")
        return keywords(rest, differs)

    def _included(self, task: Map, key: str, differs: Callable[[str], None]) -> dict[str, Any]:
        given = _arguments(task, key, "file")
        name = given.get("file") or given.get("_raw_params")
        first = next((each for each in task if each in FIRST), None)
        if first and name == "{{ item }}":
            found = self._first(first_found(task[first]))
            task = without(task, first)
        elif isinstance(name, str):
            found = [self.include(name, self.source.path)]
        else:
            raise Left("which file it includes is not said")
        beside = self._group_of(task, key, given, differs)
        return {**self._named(beside), "include": found if found[1:] else found[0], **beside}

    def _first(self, names: list[str]) -> list[str]:
        """Include what is there of several files; that none is there is told."""
        found, why = [], Left("no file is named")
        for name in names:
            try:
                found.append(self.include(name, self.source.path))
            except Left as left:
                why = Left(str(left))
        if not found:
            raise why
        return found

    def _variables(self, task: Map, key: str, differs: Callable[[str], None]) -> dict[str, Any]:
        """`include_vars`: ours has the same options, but for `hash_behaviour`."""
        given = _arguments(task, key, "file")
        given = {**given, "file": given.pop("_raw_params", given.get("file"))}
        if given.pop("hash_behaviour", "replace") == "merge":
            raise Left("`hash_behaviour: merge`: mappings are put together by `combine`")
        given.pop("ignore_unknown_extensions", None)
        first = next((each for each in task if each in FIRST), None)
        if first and given["file"] == "{{ item }}":
            given["file"] = first_found(task[first])
            task = without(task, first)
        self._brought(given.get("dir") or given["file"])
        beside = keywords(without(without(task, key), "args"), differs)
        for each in beside.keys() - set(BESIDE_VARS):
            raise Left(f"`include_vars` has no `{each}` here")
        found = expressions.below({name: each for name, each in given.items() if each})
        value = found["file"] if found.keys() == {"file"} else found
        return {**self._named(beside), "include_vars": value, **beside}

    def _brought(self, names: str | list[str]) -> None:
        listed = [names] if isinstance(names, str) else names
        found = [self.variables(name) for name in listed]
        if not any(found):
            raise Left(f"there is no file of variables {listed[0]}")

    def _used(self, task: Map, key: str, differs: Callable[[str], None]) -> dict[str, Any]:
        given = _arguments(task, key, "name")
        name = given.get("name") or given.get("role")
        if not isinstance(name, str):
            raise Left("which role it is is not said")
        for part in ("tasks_from", "vars_from", "defaults_from", "handlers_from"):
            if given.get(part, "main") not in ("main", "main.yml"):
                raise Left(f"`{part}`: a role begins with its main.yml here: write `when` there, "
                           "or `include` of the file")  # fmt: skip
        beside = self._group_of(task, key, given, differs)
        return {**self._named(beside), "role": self.role(name), **beside}

    def _group_of(
        self, task: Map, key: str, given: dict[str, Any], differs: Callable[[str], None]
    ) -> dict[str, Any]:
        beside = self._group(task, (key, "args"), differs)
        if short(key) in DYNAMIC and "tags" in beside:
            differs(f"the tags of `{short(key)}` are those of all its steps here")
        apply = given.get("apply")
        more = Map()
        more.update(apply if isinstance(apply, dict) else {})
        return {**beside, **keywords(more, differs)}

    def _named(self, beside: dict[str, Any]) -> dict[str, Any]:
        return {"name": beside.pop("name")} if "name" in beside else {}


def without(task: Map, key: str) -> Map:
    """Return a task without one of its keys."""
    rest = Map()
    rest.line, rest.end, rest.lines = task.line, task.end, task.lines
    rest.update({each: value for each, value in task.items() if each != key})
    return rest


def _arguments(task: Map, key: str, first: str) -> dict[str, Any]:
    """Return what an include is given: a mapping, or the text that `first` is short for, and `args`."""
    given = task[key] if isinstance(task[key], dict) else {first: task[key]}
    more = task.get("args")
    return {**given, **(more if isinstance(more, dict) else {})}
