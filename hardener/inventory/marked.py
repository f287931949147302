"""YAML as Ansible reads it in inventories (YAML 1.1), with the place of every key.

`yes` is true and `0644` is 420 here, as `ansible-inventory` has it; playbooks are read by the
stricter rules of hardener.playbook. What 1.1 turns into a number unasked gives a warning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from functools import partial
from typing import NoReturn

import yaml

from hardener.dataclass import dataclass, field
from hardener.errors import PlaybookError, Problem
from hardener.inventory.depth import DEEPEST, TOO_DEEP, deep_yaml, is_deep

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

Path = tuple[object, ...]
_SURPRISING_INT = re.compile(r"[-+]?(0[0-7_]+|[0-9][0-9_]*(:[0-5]?[0-9])+)")
_VERSION = re.compile(r"[0-9]+\.(?:[0-9]*[1-9]0+|00+)")  # 1.10 would be 1.1
# What YAML calls a line break; str.splitlines knows more.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_MOST_REPEATS = 50_000


class Unsafe(str):
    """Text tagged `!unsafe`: it is never rendered, whatever braces it holds."""

    __slots__ = ()


@dataclass(frozen=True)
class Vaulted:
    """Ciphertext of an inline `!vault` value; what it hides is asked for only when it is used."""

    ciphertext: str = field(repr=False)
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class Opened:
    """A value out of an encrypted file: as secret as one that is encrypted by itself."""

    value: object = field(repr=False)


@dataclass
class Marked:
    """A document: plain data, the places of its keys and items, and what looked odd."""

    file: str
    data: object
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def where(self, *path: object) -> str:
        """Say `file:line:column` of the key or item at a path."""
        line, column = self.places.get(path, (1, 1))
        return f"{self.file}:{line}:{column}"

    def problem(self, what: str, *path: object, hint: str = "") -> Problem:
        """Describe a mistake at a path, with its source line."""
        line, column = self.places.get(path, (1, 1))
        return _problem(self, what, line, column, hint)


class _Loader(_Base):
    file = ""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        """Give a value that its type cannot hold its place: a date in month 13, a number of 5,000 digits."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, OverflowError) as error:
            what = f"`{node.value[:40]}` is no {node.tag.rpartition(':')[2]}"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from error


def _unsafe(loader: _Loader, node: yaml.ScalarNode) -> Unsafe:
    return Unsafe(loader.construct_scalar(node))


def _vaulted(loader: _Loader, node: yaml.ScalarNode) -> Vaulted:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    return Vaulted(str(loader.construct_scalar(node)), f"{loader.file}:{line}:{column}")


_Loader.add_constructor("!unsafe", _unsafe)
_Loader.add_constructor("!vault", _vaulted)
_Loader.add_constructor("!vault-encrypted", _vaulted)


def parse(file: str, text: str) -> Marked:
    """Read one document; PlaybookError with the place if it is not YAML (or JSON)."""
    marked = Marked(file, None, lines=_LINE_BREAK.split(text))
    try:
        return _json(marked, text) if file.endswith(".json") else _yaml(marked, text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = error.problem or error.context or "this is not YAML"
    except yaml.reader.ReaderError as error:
        line, column, what = 1, 1, f"not a text file: {error.reason}"
    except json.JSONDecodeError as error:
        line, column, what = error.lineno, error.colno, f"this is not JSON: {error.msg}"
    except ValueError as error:  # a number of more than 4,300 digits
        line, column, what = 1, 1, f"this JSON cannot be read: {error}"
    raise PlaybookError([_problem(marked, what, line, column)])


def _json(marked: Marked, text: str) -> Marked:
    try:
        marked.data = json.loads(text, object_hook=partial(tagged, where=marked.file))
    except RecursionError:
        raise PlaybookError([marked.problem(TOO_DEEP)]) from None
    if is_deep(marked.data):
        raise PlaybookError([marked.problem(TOO_DEEP)])
    return marked


def _yaml(marked: Marked, text: str) -> Marked:
    deep = deep_yaml(text, _Loader)
    if deep:
        raise PlaybookError([_problem(marked, TOO_DEEP, deep[0] + 1, deep[1] + 1)])
    loader = _Loader(text)
    loader.file = marked.file
    try:
        node = loader.get_single_node()
        if node is not None:
            _Walk(marked, loader).node(node, ())
            marked.data = loader.construct_document(node)
    finally:
        loader.dispose()
    return marked


def tagged(data: dict[str, object], where: str) -> object:
    """Read what Ansible writes into JSON for `!vault` and `!unsafe`."""
    match data:
        case {"__ansible_vault": str(ciphertext)}:
            return Vaulted(ciphertext, where)
        case {"__ansible_unsafe": str(text)}:
            return Unsafe(text)
    return data


def _is_surprising(node: yaml.Node) -> bool:
    """Is it a number that is written as more than that: `0644`, `22:22`, the version `1.10`?"""
    forms = {":int": _SURPRISING_INT, ":float": _VERSION}
    kind = next((each for each in forms if node.tag.endswith(each)), None)
    return kind is not None and bool(forms[kind].fullmatch(node.value))


class _Walk:
    """Notes the place of every key and item; refuses what has no end."""

    def __init__(self, marked: Marked, loader: _Loader) -> None:
        self.marked = marked
        self.loader = loader
        self.seen: set[int] = set()
        self.repeats = 0

    def node(self, node: yaml.Node, path: Path, above: tuple[int, ...] = ()) -> None:
        mark = node.start_mark
        self.marked.places.setdefault(path, (mark.line + 1, mark.column + 1))
        self._count(node)
        if id(node) in above:
            self._refuse(node, "an alias (`*name`) stands inside what it names")
        if len(path) > DEEPEST:
            self._refuse(node, TOO_DEEP)
        if isinstance(node, yaml.MappingNode):
            self._mapping(node, path, (*above, id(node)))
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.node(item, (*path, index), (*above, id(node)))
        elif _is_surprising(node):
            what = f"{node.value} is a number here (YAML 1.1): {yaml.safe_load(node.value)}"
            hint = "quote it to keep the text"
            self.marked.warnings.append(self.marked.problem(what, *path, hint=hint))

    def _mapping(self, node: yaml.MappingNode, path: Path, above: tuple[int, ...]) -> None:
        for key, value in node.value:
            place = (*path, self._key(key))
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if place in self.marked.places and not _is_merge(key):
                what = f"{key.value!r} stands here twice; the last one counts"
                self.marked.warnings.append(_problem(self.marked, what, line, column))
            self.marked.places[place] = (line, column)
            self.node(value, place, above)

    def _key(self, key: yaml.Node) -> object:
        """Return a key as the data will have it: `yes` is true."""
        if not isinstance(key, yaml.ScalarNode):
            self._refuse(key, "a key must be text")
        found = key.value if _is_merge(key) else self.loader.construct_object(key)
        if not isinstance(found, Hashable):  # of `!!set`
            self._refuse(key, "a key must be text")
        return found

    def _refuse(self, node: yaml.Node, what: str) -> NoReturn:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        raise PlaybookError([_problem(self.marked, what, line, column)])

    def _count(self, node: yaml.Node) -> None:
        """Aliases of aliases make a short file unfold into billions of items."""
        self.repeats += id(node) in self.seen
        self.seen.add(id(node))
        if self.repeats > _MOST_REPEATS:
            self._refuse(node, "the anchors unfold without end")


def _is_merge(key: yaml.Node) -> bool:
    return str(key.tag).endswith(":merge")


def _problem(marked: Marked, what: str, line: int, column: int, hint: str = "") -> Problem:
    source = marked.lines[line - 1] if line <= len(marked.lines) else ""
    return Problem(marked.file, line, column, what, hint, source)
