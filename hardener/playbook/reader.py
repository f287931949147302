"""Reads the files of a playbook: blocks opened; includes, roles and imported playbooks read.

A mistake does not end the reading: what is no step is kept as it stands, for validate.py to tell.
A group with a loop, or with a template for a name, waits for the variables of a host: then all is
read once more, and `uses` tells how often and as what it is used there (unfold.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hardener.dataclass import dataclass, field, replace
from hardener.errors import PlaybookError, Problem, SecretError, UsageError
from hardener.inventory.marked import Opened
from hardener.inventory.placed import Placed, merged
from hardener.playbook import included_vars, roles
from hardener.playbook.advice import found
from hardener.playbook.load import read
from hardener.playbook.marks import Document, Place, placed
from hardener.playbook.references import texts
from hardener.playbook.roles import Role
from hardener.playbook.templates import has_template, is_secret
from hardener.playbook.tree import PARTS, Node, PlayNode, group_of, names, waits
from hardener.playbook.words import ARTICLE

IN_VAULT = "encrypt what it uses (files of variables, of steps, single values), not the file itself"
Read = Callable[[Any, Place], Node | None]


@dataclass(frozen=True)
class Use:
    """A group as it is used once: its keywords, and what tells this use from the others."""

    data: Mapping[str, Any]
    label: str = ""


Uses = Callable[[Node, Sequence[Node]], Iterable[Use]]
"""Says how a group that waits is used, from the groups around it and itself."""


@dataclass
class Reader:
    """Reads a playbook and all that it names: `documents`; `problems` is what is wrong with them."""

    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    imports: list[Node] = field(default_factory=list)
    closed: dict[str, SecretError] = field(default_factory=dict)
    uses: Uses | None = None
    _around: list[Node] = field(default_factory=list)
    _before: list[Node] = field(default_factory=list)  # files of variables, for what comes later
    _open: list[Path] = field(default_factory=list)
    _home: Path = Path()
    _done: dict[tuple[Path, str], Node] = field(default_factory=dict)
    _roles: dict[Path, Role] = field(default_factory=dict)
    _often: set[Path] = field(default_factory=set)  # roles that say `allow_duplicates`

    def playbook(self, path: Path | str) -> tuple[PlayNode, ...]:
        """Return the plays of a file; raises for one that cannot be read."""
        return self.plays(read(path))

    def plays(self, document: Document) -> tuple[PlayNode, ...]:
        """Return the plays of a file that is read."""
        self.documents.append(document)
        self._open.append(Path(document.file).resolve())
        plays = tuple(self._plays(Place(document), ()))
        self._open.pop()
        return plays

    def _plays(self, top: Place, imports: tuple[Node, ...]) -> Iterator[PlayNode]:
        data = top.document.data
        if top.document.secret:
            where = Problem(top.document.file, 1, 1, "a playbook can't be in a vault", IN_VAULT)
            self.problems.append(where)
        elif data is None:
            self._wrong(top, "the file is empty", hint="a playbook is a list of plays")
        elif not isinstance(data, list):
            what = f"a playbook is a list of plays, not {found(data)}"
            self._wrong(top, what, hint="begin each play with `- `")
        for index, play in enumerate(data if isinstance(data, list) else ()):
            if isinstance(play, dict) and "import_playbook" in play:
                yield from self._imported(play, top / index, imports)
            else:
                yield self.play(play, top / index, imports)

    def _imported(
        self, data: dict[str, Any], place: Place, imports: tuple[Node, ...]
    ) -> Iterator[PlayNode]:
        node = Node("import_playbook", data, place)
        self.imports.append(node)
        document = self._file(data["import_playbook"], place, "import_playbook", [_folder(place)])
        if document:
            yield from self._plays(Place(document), (*imports, node))
            self._open.pop()

    def play(self, data: Any, place: Place, imports: tuple[Node, ...]) -> PlayNode:
        """Return a play, with all that it holds."""
        if not isinstance(data, dict):
            return PlayNode(data, place, imports)
        self._home, self._done, open_before = _folder(place), {}, len(self.closed)
        self._before, self._roles = [], {}
        named = self._listed(data.get("roles"), place / "roles", self._once)
        steps = self._listed(data.get("steps"), place / "steps", self._node)
        handlers = self._listed(data.get("handlers"), place / "handlers", self._handler)
        closed = len(self.closed) > open_before
        listed = tuple(each.role for each in named if each.role)
        return PlayNode(data, place, imports, (*named, *steps), handlers, listed, closed)

    def _listed(self, data: Any, place: Place, read: Read) -> tuple[Node, ...]:
        items = enumerate(data if isinstance(data, list) else ())
        found = (self._used(each, place / index, read) for index, each in items)
        return tuple(node for nodes in found for node in nodes)

    def _used(self, data: Any, place: Place, read: Read) -> Iterator[Node]:
        """Read an entry as often as it is used."""
        if self.uses is None or not waits(data):
            node = read(data, place)
            yield from [node] if node else ()
            return
        named = data if isinstance(data, dict) else {"role": data}
        group = Node(group_of(named), named, place)
        for number, use in enumerate(self.uses(group, [*self._before, *self._around])):
            node = read(dict(use.data), place)
            yield from [replace(node, use=number, label=use.label)] if node else ()

    def _inside(self, node: Node, read: Callable[[], tuple[Node, ...]]) -> tuple[Node, ...]:
        """Read what stands in a group."""
        self._around.append(node)
        try:
            return read()
        finally:
            self._around.pop()

    def _node(self, data: Any, place: Place) -> Node:
        kind = group_of(data)
        node = Node(kind, data, place)
        if kind == "block":
            parts = {name: partial(self._part, name, data.get(name), place) for name in PARTS}
            return replace(
                node, parts={name: self._inside(node, each) for name, each in parts.items()}
            )
        if kind == "include":
            steps = self._inside(node, partial(self._included, data["include"], place))
            return replace(node, parts={"steps": steps})
        if kind == "role":
            return self._role(data, place) or Node(kind, data, place)
        if kind == "include_vars":
            self._before.append(self._variables(node))
            return self._before[-1]
        return Node("step", data, place)

    def _part(self, name: str, data: Any, place: Place) -> tuple[Node, ...]:
        """Read a list of a block; what a rescue reads is known there only, since it may not run."""
        before = list(self._before)
        found = self._listed(data, place / name, self._node)
        self._before = before if name == "rescue" else self._before
        return found

    def _variables(self, node: Node) -> Node:
        """Read files of variables, which the steps after them know."""
        value = node.data["include_vars"]
        if any(map(has_template, names(value))):
            return node
        given, near = included_vars.asked(value), _folder(node.place)
        roles = [each.role.folder for each in reversed(self._around) if each.role]
        places = included_vars.folders(roles, near, self._home)
        paths = included_vars.files_of(given, places, roles)
        if not paths:
            self._not_there(node, given, places)
        secret = any(is_secret(each.data) for each in (node, *self._around))
        read = [opened(each, self._mapping(each), secret) for each in map(self._read, paths)]
        found = merged(*read)
        name = given.get("name")
        whole = placed({name: dict(found)}, node.place) if isinstance(name, str) else found
        return replace(node, variables=whole)

    def _not_there(self, node: Node, given: Mapping[str, Any], places: list[Path]) -> None:
        for key, what in (("file", "file"), ("dir", "folder with such files")):
            if texts(given.get(key)):
                at = ("include_vars", *([key] if given is node.data["include_vars"] else []))
                self._missing(node.place, what, texts(given[key]), places, *at)

    def _missing(
        self, place: Place, what: str, names: list[str], looked: list[Path], *key: str
    ) -> None:
        hint = "looked in " + ", ".join(dict.fromkeys(map(str, looked)))
        self._wrong(place, f"there is no {what} {' or '.join(names)}", *key, hint=hint)

    def _included(self, name: Any, place: Place) -> tuple[Node, ...]:
        if any(map(has_template, texts(name))):
            return ()
        document = self._file(name, place, "include", [_folder(place), self._home])
        if document is None:
            return ()
        nodes = self._steps(Place(document), self._node)
        self._open.pop()
        return nodes

    def _handler(self, data: Any, place: Place) -> Node:
        node = self._node(data, place)
        if node.kind in ("block", "role", "include_vars"):
            self._wrong(place, f"a handler is one step, not {ARTICLE[node.kind]}", node.kind)
        return node

    def _steps(self, top: Place, read: Read) -> tuple[Node, ...]:
        data = top.document.data
        if not isinstance(data, list | None):
            hint = "begin each step with `- `"
            self._wrong(top, f"expected a list of steps, not {found(data)}", hint=hint)
        return self._listed(data, top, read)

    def _once(self, data: Any, place: Place) -> Node | None:
        """Read a role of a list of them: the steps of one that was used in the same way are not done again.

        Its handlers are those of its last use all the same, as Ansible has it.
        """
        return self._role(data, place, again=False)

    def _role(self, data: Any, place: Place, *, again: bool = True) -> Node | None:
        named = data if isinstance(data, dict) else {"role": data}
        name = named.get("role")
        if not isinstance(name, str) or not name:
            return Node("role", named, place)
        if has_template(name):
            return Node("role", named, place)
        where = place / "role" if named is data else place
        folder = roles.folder(name, self._home)
        if folder is None:
            hint = "looked for " + ", ".join(map(str, roles.places(name, self._home)))
            self._wrong(where, f"there is no role `{name}`", hint=hint)
            return Node("role", named, place)
        if folder.resolve() in self._open:
            self._wrong(where, f"the role `{name}` needs itself")
            return Node("role", named, place)
        use = (folder.resolve(), repr(named))
        if use in self._done and not again and use[0] not in self._often:
            return replace(_without_steps(self._done[use]), data=named, place=place)
        self._open.append(folder.resolve())
        node = self._done[use] = self._within(Role(name, folder), named, place)
        self._open.pop()
        return node

    def _within(self, role: Role, data: dict[str, Any], place: Place) -> Node:
        read = {part: self._main(role, part) for part in roles.PARTS}
        for part in roles.VARIABLES:
            found = [self._read(path) for path in role.variables_files(part)]
            each = [opened(document, self._mapping(document)) for document in found]
            role.variables[part] = merged(*each)
        self._roles[role.folder.resolve()] = role
        node = Node("role", data, place, role=role)
        meta = self._mapping(read["meta"])
        needed = meta.get("dependencies")
        if meta.get("allow_duplicates") is True:
            self._often.add(role.folder.resolve())
        before: tuple[Node, ...] = ()
        if read["meta"]:
            named = Place(read["meta"]) / "dependencies"
            before = self._inside(node, partial(self._listed, needed, named, self._once))
            role.needs.extend(self._needed(needed))
        own, handlers = (
            self._inside(node, partial(self._steps, Place(document), reading)) if document else ()
            for document, reading in (
                (read["steps"], self._node),
                (read["handlers"], self._handler),
            )
        )
        return replace(node, parts={"steps": (*before, *own)}, handlers=handlers)

    def _needed(self, names: Any) -> Iterator[Role]:
        """Yield the roles of a list that are read, also those that were so before."""
        for each in names if isinstance(names, list) else ():
            name = each.get("role") if isinstance(each, dict) else each
            found = roles.folder(name, self._home) if isinstance(name, str) and name else None
            if found and found.resolve() in self._roles:
                yield self._roles[found.resolve()]

    def _main(self, role: Role, part: str) -> Document | None:
        path = role.main(part)
        return self._read(path) if path else None

    def _mapping(self, document: Document | None) -> dict[str, Any]:
        data = document.data if document else None
        if document and not isinstance(data, dict | None):
            what = f"expected a mapping, not {found(data)}"
            self._wrong(Place(document), what)
        return data if isinstance(data, dict) else {}

    def _file(self, name: Any, place: Place, key: str, folders: list[Path]) -> Document | None:
        """Read a file that a key names, and keep it open; its trouble is told at its key."""
        names = [each for each in texts(name) if each]
        if not names:
            return None
        places = (folder / each for each in names for folder in folders)
        path = next((each for each in places if each.is_file()), None)
        if path is None:
            self._missing(place, "file", names, folders, key)
            return None
        if path.resolve() in self._open:
            self._wrong(place, f"{' or '.join(names)} includes itself", key)
            return None
        document = self._read(path)
        if document:
            self._open.append(path.resolve())
        return document

    def _read(self, path: Path) -> Document | None:
        known = next((each for each in self.documents if each.file == str(path)), None)
        if known:
            return known
        try:
            document = read(path)
        except PlaybookError as error:
            self.problems += error.problems
            return None
        except SecretError as error:
            self.closed[str(path)] = error
            return None
        except UsageError as error:
            self.problems.append(Problem(str(path), 1, 1, str(error)))
            return None
        self.documents.append(document)
        return document

    def _wrong(self, place: Place, what: str, *inner: str | int, hint: str = "") -> None:
        self.problems.append(place.problem(what, *inner, hint=hint))


def opened(document: Document | None, variables: dict[str, Any], secret: bool = False) -> Placed:
    """Keep the places of a file's variables, and secret what was in a vault, or is to be so."""
    if document is None:
        return merged()
    if not (secret or document.secret):
        return placed(variables, Place(document))
    kept = {name: Opened(value) for name, value in variables.items()}
    return placed(kept, Place(replace(document, secret=True)))


def _without_steps(node: Node) -> Node:
    """Return a role that was used before and those that it needs, with nothing left to do."""
    inner = {
        name: tuple(_without_steps(each) for each in part if each.role)
        for name, part in node.parts.items()
    }
    return replace(node, parts=inner)


def _folder(place: Place) -> Path:
    return Path(place.document.file).parent
