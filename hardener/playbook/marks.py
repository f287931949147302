"""Where each value of a YAML file stands, so that every later error can point at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardener.dataclass import dataclass
from hardener.errors import Problem, Spot
from hardener.inventory.placed import Placed
from hardener.inventory.quiet import hushed

Path = tuple[str | int, ...]
Mark = tuple[int, int]
"""Line and column, from 0."""
Packed = int
"""A mark as it is kept of each of 100,000 values: half of a pair's memory."""
COLUMNS = 1 << 32


@dataclass(frozen=True, eq=False)
class Document:
    """One YAML file: plain data, and the mark of each value and of each key by its path.

    `problems` leave holes in the data, or are beside it: keys that stand twice, unknown tags. What
    was in a vault is `secret`.
    """

    file: str
    lines: tuple[str, ...]
    data: Any
    values: Mapping[Path, Packed]
    keys: Mapping[Path, Packed]
    problems: tuple[Problem, ...] = ()
    secret: bool = False

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """Find the mark of a path; what is not in the file (a default) is where it would be."""
        for end in range(len(path), -1, -1):
            first, second = (self.keys, self.values) if key else (self.values, self.keys)
            found = first.get(path[:end], second.get(path[:end]))
            if found is not None:
                return divmod(found, COLUMNS)
        return (0, 0)

    def where(self, path: Path, *, key: bool = False) -> str:
        """Write the place as `file:line:column`; errors there show its line, unless it is secret."""
        spot = Spot(self.file, self.lines, *self.mark(path, key=key))
        return spot.plain() if self.secret else spot

    def problem(
        self,
        path: Path,
        what: str,
        hint: str = "",
        *,
        key: bool = False,
        line: int = 0,
        word: str = "",
    ) -> Problem:
        """State one mistake; `line` counts within the text of a block (`|`), from 1.

        Where `word` stands behind that in the line, it is what is pointed at.
        """
        mark = self.mark(path, key=key)
        if line and self.lines[mark[0]][mark[1] : mark[1] + 1] in ("|", ">"):
            text = self.lines[mark[0] + line]
            mark = mark[0] + line, len(text) - len(text.lstrip())
        if word and self.lines:
            mark = mark[0], max(self.lines[mark[0]].find(word, mark[1]), mark[1])
        found = problem(self.file, self.lines, mark, what, hint)
        return hushed(found) if self.secret else found


@dataclass(frozen=True, eq=False)
class Place:
    """A path within a document: what parts of the model keep in order to say where they stand."""

    document: Document
    path: Path = ()

    def __str__(self) -> str:
        return self.document.where(self.path)

    def __truediv__(self, name: str | int) -> Place:
        return Place(self.document, (*self.path, name))

    def at(self, *inner: str | int) -> str:
        """Write the place of a value below this one as `file:line:column`."""
        return self.document.where((*self.path, *inner))

    def problem(self, what: str, *inner: str | int, hint: str = "", key: bool = False) -> Problem:
        """State one mistake at a value below this one, or at its key."""
        return self.document.problem((*self.path, *inner), what, hint, key=key)


def placed(variables: Mapping[str, Any], place: Place) -> Placed:
    """Note where variables are given: each below a place."""
    return Placed(variables, {name: (place / name).at for name in variables})


def problem(file: str, lines: tuple[str, ...], mark: Mark, what: str, hint: str = "") -> Problem:
    """State one mistake at a mark."""
    line, column = mark
    source = lines[line] if line < len(lines) else ""
    return Problem(file, line + 1, column + 1, what, hint, source)
