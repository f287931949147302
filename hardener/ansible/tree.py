"""All files of a playbook: which are read, and what is written where.

Beside the playbook that is asked for, its included files, roles, variables, templates and files
get the places there that they had; only `tasks/` of a role becomes `steps/`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from hardener.ansible import expressions, variables
from hardener.ansible.keywords import of_role
from hardener.ansible.notes import Left, Notes
from hardener.ansible.play import Plays
from hardener.ansible.source import Map, Source
from hardener.ansible.steps import Tasks
from hardener.ansible.task import Surroundings
from hardener.ansible.writing import Entries, document, plain
from hardener.dataclass import dataclass, field
from hardener.errors import UsageError
from hardener.playbook import roles
from hardener.playbook.templates import has_template

BESIDE = ("group_vars", "host_vars", "templates", "files")
"""Folders beside a playbook that go along with it."""
OF_ROLE = ("templates", "files")
OF_GALAXY = ("version", "scm")
"""Where a role is fetched from: here it lies beside the playbook."""
BRACED = re.compile(r"\{\{.*?\}\}")
VARS_OF_ROLE = re.compile(r"^\{\{\s*role_path\s*\}\}/vars/|^\.\./vars/")
OWN_FOLDER = re.compile(r"^\{\{\s*(role_path\s*\}\}/(?:tasks|handlers)|playbook_dir\s*\}\})/")


@dataclass
class Turned:
    """What is written: files by their place below the folder of the output, as text or a copy."""

    notes: Notes = field(default_factory=Notes)
    lists: list[tuple[Path, Source, Entries]] = field(default_factory=list)
    files: dict[Path, str | Path] = field(default_factory=dict)
    handlers: set[str] = field(default_factory=set)
    sources: set[Path] = field(default_factory=set)

    @property
    def steps(self) -> int:
        """Count the steps, with includes and roles, without blocks and plays."""
        found = (each.data or {} for _, _, entries in self.lists for each in entries.all())
        return sum(bool(data) and "hosts" not in data and not isinstance(data.get("block"), Entries)
                   for data in found)  # fmt: skip

    def write(self, folder: Path, *, force: bool) -> None:
        """Write all; nothing at all if a file is there and `force` is not given. Never what was read."""
        own = [folder / path for path in self.files if (folder / path).resolve() in self.sources]
        if own:
            raise UsageError(f"{own[0]} is what is to be turned", hint="-o another file")
        there = [folder / path for path in self.files if os.path.lexists(folder / path)]
        if there and not force:
            listed = ", ".join(map(str, there[:5])) + (", …" if len(there) > 5 else "")
            raise UsageError(f"there already: {listed}", hint="--force overwrites")
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            data = content.encode("utf-8") if isinstance(content, str) else content.read_bytes()
            (folder / path).write_bytes(data)


def turn(playbook: Path, output: Path) -> Turned:
    """Turn a playbook and all that it brings; nothing is written."""
    tree = Tree(playbook.absolute().parent, Turned())
    tree.playbook(playbook.absolute(), Path(output.name))
    turned = tree.turned
    apart = output.absolute().parent.resolve() != tree.home.resolve()
    if apart:
        tree.beside()
    elif len(turned.lists) > 1 or turned.files:
        hint = f"-o in a folder of its own, such as hardened/{output.name}"
        raise UsageError("its roles, includes and files of variables are turned too, and would stand "
                         "where theirs are", hint=hint)  # fmt: skip
    _without_missing_handlers(turned)
    for path, source, entries in turned.lists:
        rest = source.comments(len(source.lines) + 1)
        turned.files[path] = document(entries, [], rest)
    return turned


def _without_missing_handlers(turned: Turned) -> None:
    """Take out of `notify` whom nobody answers to: a handler that was not turned."""
    for _, _, entries in turned.lists:
        for entry in entries.all():
            names = (entry.data or {}).get("notify")
            listed = names if isinstance(names, list) else [names] if names else []
            gone = [
                each for each in listed if each not in turned.handlers and not has_template(each)
            ]
            for name in gone:
                turned.notes.left(entry.place, f"it notifies `{name}`: no such handler was turned")
            if gone and entry.data is not None:
                kept = [each for each in listed if each not in gone]
                entry.data.pop("notify")
                entry.data.update({"notify": kept} if kept else {})


@dataclass
class Tree:
    """Reads what a playbook in the folder `home` brings; places are below the output's folder."""

    home: Path
    turned: Turned
    lost: dict[str, str] = field(default_factory=dict)
    _done: set[Path] = field(default_factory=set)
    _mentioned: dict[Path, Path] = field(default_factory=dict)

    def playbook(self, path: Path, target: Path) -> None:
        source = self._source(path)
        if not isinstance(source.data, list):
            raise UsageError(f"{path} is no list of plays")
        plays = Plays(
            lambda handlers: self._tasks(source, target, None, handlers=handlers), self._playbook
        )
        entries = plays.entries(source.data)
        self.turned.lists.append((target, source, entries))
        for play in source.data:
            for name in _listed(play.get("vars_files") if isinstance(play, dict) else None):
                self._variables(self.home / name, Path(name))

    def _playbook(self, name: str) -> str:
        if "{{" in name or not (self.home / name).is_file():
            raise Left(f"there is no playbook {name}")
        self._below(self.home / name)
        if (self.home / name) not in self._done:
            self._done.add(self.home / name)
            self.playbook(self.home / name, Path(name))
        return name

    def _source(self, path: Path) -> Source:
        source = Source(path)
        self.turned.sources.add(path.resolve())
        source.path = Path(os.path.relpath(path)) if self._near(path) else path
        return source

    def _near(self, path: Path) -> bool:
        return not os.path.relpath(path).startswith("../..")

    def _tasks(self, source: Source, target: Path, role: Path | None, *, handlers: bool) -> Tasks:
        around = Surroundings(lambda name, kind: self._find(name, kind, role), handlers, self.lost)
        tasks = _Handlers if handlers else Tasks
        found = tasks(
            source, self.turned.notes, around,
            lambda name, _: self._include(name, source, target, role, handlers), self._role,
            lambda name: self._brought(name, source, role),
        )  # fmt: skip
        if isinstance(found, _Handlers):
            found.names = self.turned.handlers
        return found

    def _find(self, name: str, kind: str, role: Path | None) -> Path | None:
        """Find a file that a task names, and let it go along."""
        places = [*((role / kind, role) if role else ()), self.home / kind, self.home]
        path = next((each / name for each in places if (each / name).exists()), None)
        if path and path.is_file() and not Path(name).is_absolute():
            path = Path(os.path.normpath(path))
            where = _of_role(role, path) if role and role in path.parents else self._below(path)
            self._mentioned[where] = path
        return path

    def _include(
        self, name: str, source: Source, target: Path, role: Path | None, handlers: bool
    ) -> str:
        """Turn an included file once, and return its name from where it is included."""
        here = source.path.absolute().parent
        places = [
            here,
            *([role / ("handlers" if handlers else "tasks")] if role else []),
            self.home,
        ]
        name = _beside(name)
        if has_template(name):
            return self._templated(name, places, target, role, handlers)
        path = next((each / name for each in places if (each / name).is_file()), None)
        if path is None:
            raise Left(f"there is no file {name}")
        return os.path.relpath(self._included(path, role, handlers), target.parent)

    def _templated(
        self, name: str, places: list[Path], target: Path, role: Path | None, handlers: bool
    ) -> str:
        """Turn every file whose name it may be, and return the template from where it is included."""
        turned = expressions.text(name)
        for place in places:
            found = [each for each in sorted(place.glob(BRACED.sub("*", name))) if each.is_file()]
            if found and not Path(name).is_absolute():
                put = [self._included(each, role, handlers) for each in found]
                base = put[0].parents[len(found[0].relative_to(place).parts) - 1]
                return str(Path(os.path.relpath(base, target.parent)) / turned)
        raise Left(f"no file is called like {name}")

    def _included(self, path: Path, role: Path | None, handlers: bool) -> Path:
        path = Path(os.path.normpath(path))
        where = _of_role(role, path) if role else self._below(path)
        if path not in self._done:
            self._done.add(path)
            included = self._source(path)
            tasks = self._tasks(included, where, role, handlers=handlers)
            self.turned.lists.append((where, included, tasks.entries(included.data)))
        return where

    def _below(self, path: Path) -> Path:
        where = Path(os.path.relpath(path, self.home))
        if where.parts[0] == "..":
            raise Left(f"{where} lies outside of the playbook's folder")
        return where

    def _role(self, name: str) -> str:
        if has_template(name):
            return self._some_role(name)
        folder = roles.folder(name, self.home) if name else None
        if folder is None:
            raise Left(f"there is no role `{name}` beside the playbook")
        folder = folder.resolve()
        if folder not in self._done:
            self._done.add(folder)
            self._parts(folder, Path("roles") / name)
        return name

    def _some_role(self, name: str) -> str:
        """Turn every role whose name it may be."""
        turned = expressions.text(name)
        found = sorted((self.home / "roles").glob(BRACED.sub("*", name)))
        if not found:
            raise Left(f"no role is called like {name}")
        for folder in found:
            self._role(str(folder.relative_to(self.home / "roles")))
        return turned

    def _parts(self, folder: Path, target: Path) -> None:
        self._dependencies(folder, target)
        for part, to, handlers in (("tasks", "steps", False), ("handlers", "handlers", True)):
            main = _main(folder / part)
            if main:
                self._done.add(main)
                source, where = self._source(main), target / to / "main.yml"
                tasks = self._tasks(source, where, folder, handlers=handlers)
                self.turned.lists.append((where, source, tasks.entries(source.data)))
        for part in ("defaults", "vars"):
            for path in _files(folder / part):
                self._variables(path, target / path.relative_to(folder))
        for part in OF_ROLE:
            self._copied(folder / part, target / part)

    def _dependencies(self, folder: Path, target: Path) -> None:
        main = _main(folder / "meta")
        source = self._source(main) if main else None
        data = source.data if source else None
        if source is None or not isinstance(data, Map):
            return
        needed = [self._needed(each, source) for each in data.get("dependencies") or ()]
        meta: dict[str, Any] = {"dependencies": list(filter(None, needed))} if needed else {}
        meta |= {"allow_duplicates": True} if data.get("allow_duplicates") is True else {}
        if meta:
            self.turned.files[target / "meta/main.yml"] = "\n".join(plain(meta)) + "\n"

    def _needed(self, named: Any, source: Source) -> dict[str, Any] | None:
        """Turn one dependency of a role; where that can't be, note it."""
        given = dict(named) if isinstance(named, dict) else {"role": named}
        place = source.place(named.line if isinstance(named, Map) else 0)
        names = [given.pop(key, "") for key in ("role", "name", "src")]
        for key in OF_GALAXY:
            given.pop(key, None)
        try:
            role = self._role(str(next(filter(None, names), "")))
            return {"role": role, **of_role(given, partial(self.turned.notes.differs, place))}
        except Left as left:
            self.turned.notes.left(place, str(left))
            return None

    def _brought(self, name: str, source: Source, role: Path | None) -> bool:
        """Let the files of variables that a name may mean go along; tell whether there is one."""
        here = source.path.absolute().parent
        name = VARS_OF_ROLE.sub("", _beside(name))
        places = [*((role / "vars", role) if role else ()), here / "vars", here,
                  self.home / "vars", self.home]  # fmt: skip
        for place in places:
            found = sorted(place.glob(BRACED.sub("*", name)))
            for path in (
                file for each in found for file in ([each] if each.is_file() else _files(each))
            ):
                inside = Path(os.path.normpath(path))
                self._variables(inside, _of_role(role, inside) if role else self._below(inside))
            if found:
                return True
        return False

    def _variables(self, path: Path, target: Path) -> None:
        if not has_template(str(target)) and path.is_file():
            self.turned.files[target] = variables.text(self._source(path), self.turned.notes)

    def beside(self) -> None:
        """Let what stands beside the playbook go along."""
        for name in BESIDE:
            self._copied(self.home / name, Path(name))
        for where, path in self._mentioned.items():
            self._copy(path, where, template=path.suffix == ".j2")

    def _copied(self, folder: Path, target: Path) -> None:
        for path in _files(folder):
            template = folder.name == "templates" or path.suffix == ".j2"
            self._copy(path, target / path.relative_to(folder), template=template)

    def _copy(self, path: Path, where: Path, *, template: bool) -> None:
        self.turned.files[where] = self._template(path) if template else path

    def _template(self, path: Path) -> str | Path:
        """Return a template with facts by our names; as it is where that can't be."""
        try:
            text = path.read_text("utf-8")
            turned = expressions.text(text)
        except UnicodeDecodeError:
            return path
        except Left as left:
            self.turned.notes.left(f"{os.path.relpath(path)}:1", str(left))
            return path
        return path if turned == text else turned


class _Handlers(Tasks):
    """Handlers: their names are who may be notified."""

    names: set[str]

    def entries(self, tasks: Any) -> Entries:
        found = super().entries(tasks)
        for entry in found:
            data = entry.data or {}
            self.names.update(each for key in ("name", "listen") for each in _listed(data.get(key)))
        return found


def _beside(name: str) -> str:
    """Return a name without the folder where files are looked for anyway."""
    return OWN_FOLDER.sub("", name)


def _of_role(role: Path, path: Path) -> Path:
    where = Path(os.path.relpath(path, role))
    if where.parts[0] == "..":
        raise Left(f"{path} lies outside of its role")
    parts = ("steps", *where.parts[1:]) if where.parts[0] == "tasks" else where.parts
    return Path("roles", role.name, *parts)


def _main(folder: Path) -> Path | None:
    paths = (folder / f"main{ending}" for ending in roles.ENDINGS)
    return next((path for path in paths if path.is_file()), None)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _listed(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str)]
