"""Turn the events of a YAML file into plain data and marks, in one walk.

The data is that of JSON: text, whole numbers, true/false, null, lists, and mappings with text
as keys. An alias is walked once for each use, so that each use has marks of its own.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from typing import Any, NoReturn

from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from hardener.errors import PlaybookError, Problem
from hardener.inventory.depth import DEEPEST, TOO_DEEP
from hardener.inventory.marked import Unsafe, Vaulted
from hardener.playbook.events import Event, Events
from hardener.playbook.marks import COLUMNS, Mark, Packed, Path, problem
from hardener.playbook.syntax import QUOTES, UNQUOTED, unquoted_template

TAG = "tag:yaml.org,2002:"
ALIAS_BUDGET = 50_000
MERGE = "<<"
VAULT = "!vault"
NO_TAG = (None, "!")
COLLECTIONS = (*NO_TAG, TAG + "map", TAG + "seq")
HOLE = Vaulted("")
"""Stands for what cannot be read: like a secret, it may be anything, so no more is said of it."""

SCALARS: dict[str, Any] = {
    TAG + "str": str,
    TAG + "int": int,
    TAG + "bool": lambda text: {"true": True, "false": False}[text.lower()],
    TAG + "null": lambda text: None,
    "!unsafe": Unsafe,
}
# At most 18 digits: longer ones are ids, and Python refuses to read thousands.
INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
PLAIN = {
    **dict.fromkeys("-0123456789", (INT, TAG + "int")),
    **dict.fromkeys("tTfF", (BOOL, TAG + "bool")),
    **dict.fromkeys(("~", "n", "N", ""), (NULL, TAG + "null")),
}
"""What text without quotes and without a tag is, by its first character."""


class Walk:
    """One walk over one file; fills `values`, `keys` and `problems`, beside which the rest can be judged."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines
        self.values: dict[Path, Packed] = {}
        self.keys: dict[Path, Packed] = {}
        self.problems: list[Problem] = []
        # Without aliases a file has fewer nodes than characters.
        self.budget = sum(map(len, lines)) + len(lines) + ALIAS_BUDGET

    def data(self, events: Events) -> Any:
        """Return the plain data of a document; None of an empty one."""
        self._events = events
        begun = events.first()
        if begun is None:
            return None
        data = self._value(begun, ())
        events.end()
        return data

    def _value(self, event: Event, path: Path) -> Any:
        """Return the plain data of a value that has begun."""
        self.values[path] = _packed(event)
        self._count(event, len(path))
        if type(event) is ScalarEvent:
            return self._scalar(event)
        if event.tag not in COLLECTIONS:
            self._events.rest(event)
            return self._unknown_tag(event)
        return self._list(path) if type(event) is SequenceStartEvent else self._mapping(event, path)

    def _count(self, event: Event, depth: int) -> None:
        self.budget -= 1
        if depth > DEEPEST:
            self._end(event, TOO_DEEP)
        elif self.budget < 0:
            self._end(event, f"its aliases expand to more than {ALIAS_BUDGET} values")

    def _scalar(self, event: Event) -> Any:
        text, tag = event.value, _tag(event)
        if tag == VAULT:
            line, column = _mark(event)
            return Vaulted(text, f"{self.file}:{line + 1}:{column + 1}")
        make = SCALARS.get(tag)
        if make is None:
            return self._unknown_tag(event)
        if text == "" and self._cut_off(event):
            return self._hole(event, "`#` begins a comment here, and the value is empty", QUOTES)
        try:
            return make(text)
        except (ValueError, KeyError):
            what = f"`{text}` is not of the type that its tag names"
            return self._hole(
                event, what, "leave the tag out; write `true` or `false`, and plain digits"
            )

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while type(event := self._events.next()) is not SequenceEndEvent:
            found.append(self._value(event, (*path, len(found))))
        return found

    def _cut_off(self, event: Event) -> bool:
        """Does a `#` follow that somebody meant as text: `color: #fff`?"""
        line, column = _mark(event)
        rest = self.lines[line][column:] if line < len(self.lines) else ""
        return re.match(r"\s+#\w", rest) is not None

    def _unknown_tag(self, event: Event) -> Vaulted:
        name = event.tag.replace(TAG, "!!")
        return self._hole(event, f"the tag `{name}` is not known", "leave the tag out")

    def _mapping(self, begun: Event, path: Path) -> Any:
        found: dict[str, Any] = {}
        event = self._events.next()
        if _braces(begun, event):
            self._events.rest(event)
            self._events.rest(begun)
            template = unquoted_template(self.file, self.lines, begun.start_mark.line)
            return self._hole(begun, UNQUOTED, template.hint if template else QUOTES)
        merged = self._pairs(event, path, found, own=True)
        self._merge(merged, path, found)
        return found

    def _pairs(
        self, key: Event, path: Path, found: dict[str, Any], *, own: bool
    ) -> list[list[Event]]:
        """Put in what a mapping says that is not found yet; return each source that `<<` names.

        Of its own keys one that is found already is here twice; what is merged in gives way.
        """
        merged = []
        while type(key) is not MappingEndEvent:
            if type(key) is not ScalarEvent:
                self._report(key, "a key must be text")
                self._events.rest(key)
                self._events.rest(self._events.raw())
            elif _is_merge(key):
                merged += self._sources()
            elif key.value in found:
                if own:
                    self._duplicate(key, path)
                self._events.rest(self._events.raw())
            else:
                self._pair(key, path, found)
            key = self._events.next()
        return merged

    def _pair(self, key: Event, path: Path, found: dict[str, Any]) -> None:
        name = sys.intern(key.value)  # each step has the same few
        inner = (*path, name)
        self.keys[inner] = _packed(key)
        found[name] = self._value(self._events.next(), inner)

    def _sources(self) -> list[list[Event]]:
        """Return the events of what stands behind `<<`: of one value, or of each in a list."""
        event, found = self._events.next(), []
        if type(event) is not SequenceStartEvent:
            return [self._events.rest(event)]
        while type(event := self._events.raw()) is not SequenceEndEvent:
            found.append(self._events.rest(event))
        return found

    def _merge(self, merged: list[list[Event]], path: Path, found: dict[str, Any]) -> None:
        """Put in what `<<` brings: what is named first wins, and what a mapping says itself."""
        waiting = deque((each, 0) for each in merged)
        while waiting:
            events, depth = waiting.popleft()
            self._events.again(events)
            source = self._events.next()
            self._count(source, depth)
            if type(source) is MappingStartEvent:
                more = self._pairs(self._events.next(), path, found, own=False)
                waiting.extendleft((each, depth + 1) for each in reversed(more))
            else:
                self._report(source, "`<<` takes a mapping", "write `<<: *name` of a mapping")
                self._events.rest(source)

    def _duplicate(self, key: Event, path: Path) -> None:
        first = self.keys[(*path, key.value)] // COLUMNS + 1
        hint = f"it is also on line {first}: keep one"
        hint += ", or begin the other item with `- `" if path and isinstance(path[-1], int) else ""
        self._report(key, f"`{key.value}` is here twice", hint)

    def _hole(self, event: Event, what: str, hint: str = "") -> Vaulted:
        self._report(event, what, hint)
        return HOLE

    def _end(self, event: Event, what: str, hint: str = "") -> NoReturn:
        """Give up: what follows has no end, or no bottom."""
        self._report(event, what, hint)
        raise PlaybookError(self.problems)

    def _report(self, event: Event, what: str, hint: str = "") -> None:
        self.problems.append(self._problem(event, what, hint))

    def _problem(self, event: Event, what: str, hint: str = "") -> Problem:
        return problem(self.file, self.lines, _mark(event), what, hint)


def _tag(event: Event) -> str:
    """Return the tag of a scalar: its own, or what YAML makes of its text."""
    if event.tag not in NO_TAG:
        return str(event.tag)
    pattern, tag = PLAIN.get(event.value[:1], _NONE) if event.implicit[0] else _NONE
    return tag if pattern.match(event.value) else TAG + "str"


_NONE = re.compile(r"(?!)"), ""


def _is_merge(key: Event) -> bool:
    return bool(key.value == MERGE and not key.style)


def _braces(begun: Event, first: Event) -> bool:
    """Tell whether a mapping begins with `{{`."""
    return isinstance(first, MappingStartEvent) and _index(first) == _index(begun) + 1


def _index(event: Event) -> int:
    return int(event.start_mark.index)


def _packed(event: Event) -> Packed:
    start = event.start_mark
    return int(start.line * COLUMNS + start.column)


def _mark(event: Event) -> Mark:
    start = event.start_mark
    return start.line, start.column
