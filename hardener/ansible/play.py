"""Plays: hosts, variables, and the four lists that Ansible runs one after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hardener.ansible import expressions
from hardener.ansible.keywords import SPARED, keywords, of_role
from hardener.ansible.notes import Left
from hardener.ansible.source import Map
from hardener.ansible.steps import Tasks
from hardener.ansible.writing import Entries, Entry, commented, sentence
from hardener.playbook.templates import has_template

KEPT = ("name", "hosts", "vars", "vars_files", "serial", "max_fail_percentage", "environment",
        "become_user", "tags")  # fmt: skip
FLAGS = ("become", "gather_facts", "any_errors_fatal")
PROMPTS = ("name", "prompt", "default", "private", "confirm")
SECTIONS = ("pre_tasks", "roles", "tasks", "post_tasks")
NOT_NEEDED = {
    "force_handlers": "a handler is owed until it has run",
    "gather_subset": "facts are gathered as a whole",
    "strategy": "each host works on by itself, as with `free`",
    "order": "hosts go in the order of the inventory",
    "user": "it is the inventory's, or `-u`",
    "gather_timeout": "facts take no time",
    **SPARED,
}

AMONG_STEPS = (
    "the roles stand among the steps, behind `pre_tasks`: their variables are known within them "
    "only, and one that is named twice is done twice"
)


class Plays:
    """Turns the plays of one file."""

    def __init__(self, tasks: Callable[[bool], Tasks], bring: Callable[[str], str]) -> None:
        """`tasks(handlers)` turns lists of tasks; `bring` another playbook, and returns its name."""
        self._tasks = tasks
        self._bring = bring
        self._steps = tasks(False)

    def entries(self, plays: Any) -> Entries:
        found = Entries()
        for play in plays or ():
            if isinstance(play, Map):
                found.append(self._entry(play))
            else:
                self._steps.notes.left(self._steps.source.place(0), f"{play!r} is no play")
        return found

    def _entry(self, play: Map) -> Entry:
        source, notes = self._steps.source, self._steps.notes
        place = source.place(play.line)
        sections = [play.lines.get(key, play.end) for key in (*SECTIONS, "handlers")]
        above = source.comments(min(sections) if _import(play) == "" else play.end)
        try:
            data = self._imported(play, place) if _import(play) else self._play(play, place)
        except Left as left:
            notes.left(place, str(left))
            source.comments(play.end)
            text = commented(source.excerpt(play.line, play.end))
            return Entry(None, place, [*above, *sentence(f"not turned: {left}"), *text], gap=True)
        return Entry(data, place, above, gap=True)

    def _imported(self, play: Map, place: str) -> dict[str, Any]:
        key = _import(play)
        rest = Map()
        rest.update({name: value for name, value in play.items() if name != key})
        beside = keywords(rest, lambda what: self._steps.notes.differs(place, what))
        known = ("name", "when", "tags", "vars")
        return {"import_playbook": self._bring(str(play[key])),
                **{name: value for name, value in beside.items() if name in known}}  # fmt: skip

    def _play(self, play: Map, place: str) -> dict[str, Any]:
        if "hosts" not in play:
            raise Left("it is no play: it has no `hosts`")
        data: dict[str, Any] = {}
        for key, value in play.items():
            if key in SECTIONS:
                self._section(play, data, key)
            elif key == "handlers":
                data["handlers"] = self._tasks(True).entries(value)
            else:
                self._keyword(play, data, key, place)
        if "steps" not in data and "roles" not in data:
            data["steps"] = Entries()
        return data

    def _section(self, play: Map, data: dict[str, Any], key: str) -> None:
        """Roles keep their list where they come first; else all is one list of steps."""
        if key == "roles" and not play.get("pre_tasks"):
            data["roles"] = self._roles(play["roles"] or [], listed=True)
        elif "steps" not in data:
            steps = data["steps"] = Entries()
            for each in SECTIONS:
                if each == "roles" and play.get("pre_tasks"):
                    steps += self._roles(play.get("roles") or [], listed=False)
                    self._among_steps(play)
                elif each != "roles" and play.get(each):
                    steps += self._steps.entries(play[each])
            self._flushed(play)

    def _among_steps(self, play: Map) -> None:
        """Tell what is otherwise where roles stand behind `pre_tasks`."""
        if play.get("roles"):
            place = self._steps.source.place(play.lines.get("roles", play.line))
            self._steps.notes.differs(place, AMONG_STEPS)

    def _flushed(self, play: Map) -> None:
        """Tell of handlers that would have run before the end."""
        for key in ("pre_tasks", "post_tasks"):
            for task in play.get(key) or ():
                if isinstance(task, Map) and task.get("notify"):
                    place = self._steps.source.place(task.line)
                    what = f"handlers run once, at the end: not already after `{key}`"
                    self._steps.notes.differs(place, what)

    def _roles(self, roles: list[Any], *, listed: bool) -> Entries:
        return Entries(self._role(each, listed) for each in roles)

    def _role(self, role: Any, listed: bool) -> Entry:
        source, notes = self._steps.source, self._steps.notes
        line = role.line if isinstance(role, Map) else 0
        place = source.place(line)
        given = role if isinstance(role, dict) else {"role": role}
        try:
            return Entry(self._use(given, place), place)
        except Left as left:
            notes.left(place, f"role {given.get('role') or given.get('name')}: {left}")
            return Entry(None, place, sentence(f"not turned: {left}") + [f"# - {role}"])

    def _use(self, given: dict[str, Any], place: str) -> dict[str, Any]:
        name = str(given.get("role") or given.get("name") or "")
        own = {key: value for key, value in given.items() if key not in ("role", "name")}
        found = of_role(own, lambda what: self._steps.notes.differs(place, what))
        return {"role": self._steps.role(name), **found}

    def _keyword(self, play: Map, data: dict[str, Any], key: str, place: str) -> None:
        value, notes = play[key], self._steps.notes
        where = self._steps.source.place(play.lines.get(key, play.line))
        if value is None:
            return
        if key in FLAGS:
            flag = str(value).lower() in ("true", "yes")
            data[key] = expressions.below(value) if has_template(value) else flag
        elif key == "vars_prompt":
            data[key] = [self._prompt(each, where) for each in value]
        elif key == "vars_files" and not _plain_names(value):
            notes.left(where, "`vars_files` of which the first that exists is taken")
        elif key == "vars" and isinstance(value, Map):
            data[key] = self._variables(value)
        elif key in KEPT or (key == "strategy" and value in ("linear", "free")):
            data[key] = expressions.below(value)
        elif key in NOT_NEEDED:
            notes.differs(where, f"`{key}` is left out: {NOT_NEEDED[key]}")
        else:
            notes.left(where, f"a play has no `{key}` here")

    def _variables(self, given: Map) -> dict[str, Any]:
        """Turn them one by one: a play is not lost for what one of them asks."""
        found = {}
        for name, value in given.items():
            try:
                found[name] = expressions.below(value)
            except Left as left:
                place = self._steps.source.place(given.lines.get(name, given.line))
                self._steps.notes.left(place, f"variable `{name}`: {left}")
        return found

    def _prompt(self, prompt: Map, where: str) -> dict[str, Any]:
        for key in prompt:
            if key not in PROMPTS:
                self._steps.notes.left(where, f"`{key}` of a prompt")
        found = {key: each for key, each in prompt.items() if key in PROMPTS}
        return {**found, **({"default": str(found["default"])} if "default" in found else {})}


def _import(play: Map) -> str:
    names = ("import_playbook", "ansible.builtin.import_playbook")
    return next((name for name in names if name in play), "")


def _plain_names(value: Any) -> bool:
    return isinstance(value, str) or all(isinstance(each, str) for each in value)
