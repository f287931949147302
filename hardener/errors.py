"""Everything a user, a playbook or a host can cause, as one tree.

HardenerError
  UsageError                     a flag, a path or a name on the command line
  PlaybookError                  all mistakes of a playbook or inventory at once (Problem each)
  Mistakes                       what is wrong in several steps, as rendering finds it
  SecretError                    a password or vault that was not given or does not fit
  ConnectError                   the host was not reached
    HostKeyError                 its key is unknown or another than the known one
    LoginError                   it refused the user
    BecomeError                  sudo refused
    PythonMissing                no Python >= 3.6 on it
    ConnectionLost               the link broke in the middle
      WorkerLost                 or the worker that held it was lost
  HostError                      the host answered with an error (fields as it sent them)

Anything else that is raised is a bug and shows its traceback.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from unicodedata import category
from unicodedata import east_asian_width as width

from hardener.dataclass import dataclass

WIDTH = 160  # characters of a line that are shown
SECRET = r"(?i:(pass(word|wd|phrase)?|secret|token|(api|private)_?key)s?)"
"""How the names of variables and keys end that hold a secret."""
HELD = re.compile(SECRET + r"['\"]?\s*[:=]")  # such a line is not shown
COMBINING = ("Mn", "Me")


class Spot(str):
    """`file:line:column`, which knows the lines of its file: an error there shows its own, with a caret."""

    __slots__ = ("column", "file", "line", "lines")
    file: str
    lines: Sequence[str]
    line: int
    column: int

    def __new__(cls, file: str, lines: Sequence[str], line: int, column: int) -> Spot:
        """Make one; line and column count from 0."""
        spot = super().__new__(cls, f"{file}:{line + 1}:{column + 1}")
        spot.file, spot.lines, spot.line, spot.column = file, lines, line, column
        return spot

    def plain(self) -> str:
        """Return the place alone."""
        return f"{self.file}:{self.line + 1}:{self.column + 1}"

    def shown(self) -> list[str]:
        """Return the line, and below it the caret."""
        source = self.lines[self.line] if self.line < len(self.lines) else ""
        return pointed(self.line + 1, self.column + 1, source)

    def within(self, line: int, word: str) -> Spot:
        """Return where a template is wrong that begins here.

        That is in its `line` (from 1; 0 if that is not known), at the `word` that it is about, else at the
        first braces; or here, where neither is found.
        """
        wanted = re.compile(rf"\b{re.escape(word)}\b" if word else r"\{[{%]")
        for number in self._numbers(line):
            found = wanted.search(self.lines[number], self.column if number == self.line else 0)
            if found:
                return Spot(self.file, self.lines, number, found.start())
        return self

    def _numbers(self, line: int) -> range:
        """Number the lines of the text that begins here, or its one `line`, where that can be told."""
        head = self.lines[self.line] if self.line < len(self.lines) else ""
        mark, first = head[self.column : self.column + 1], self.line + 1
        if mark not in ("|", ">"):
            return range(self.line, self.line + bool(head))
        below = takewhile(
            lambda each: not each.strip() or indent(each) > indent(head), self.lines[first:]
        )
        count = len(list(below))
        if mark == "|" and 0 < line <= count:  # what `>` has folded has other lines
            return range(first + line - 1, first + line)
        return range(first, first + count)


def indent(line: str) -> int:
    """Count the blanks at the beginning."""
    return len(line) - len(line.lstrip(" "))


class HardenerError(Exception):
    """Something a person can mend: what, where, why, and what to do.

    `where` is `file:line:column` (as a Spot it shows that line), or `host: step: kind:id`.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        shown = self.source
        below = " " * 6 if shown else ""
        lines = [self.why and below + self.why, self.hint and f"{below}hint: {self.hint}"]
        return "\n".join([head, *shown, *(line for line in lines if line)])

    def plain(self) -> dict[str, str]:
        """Return its fields as a host or a report is told of them; its line is what is said of the why."""
        why = "\n".join(filter(None, [*self.source, self.why]))
        return {"what": self.what, "where": str(self.where), "why": why, "hint": self.hint}

    @property
    def source(self) -> list[str]:
        """Return the line at which it is, and a caret, if that may be shown."""
        return self.where.shown() if isinstance(self.where, Spot) else []

    @property
    def every(self) -> Sequence[HardenerError]:
        """Return the errors that this one stands for."""
        return [self]


class Mistakes(HardenerError):
    """Several mistakes, in the order in which they were found."""

    exit_code = 64

    def __init__(self, every: Sequence[HardenerError]) -> None:
        super().__init__("\n".join(map(str, every)))
        self._every = every

    @property
    def every(self) -> Sequence[HardenerError]:
        return self._every


class UsageError(HardenerError):
    """A command line that asks for what is not there."""

    exit_code = 64


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a file; lines and columns count from 1. `source` is the whole line."""

    file: str
    line: int
    column: int
    what: str
    hint: str = ""
    source: str = ""

    def __str__(self) -> str:
        out = [f"{self.file}:{self.line}:{self.column}: {self.what}", *self.shown]
        if self.hint:
            out.append(f"      hint: {self.hint}")
        return "\n".join(out)

    @property
    def shown(self) -> list[str]:
        """Return the line with a caret below it, if that may be shown."""
        return pointed(self.line, self.column, self.source)


def pointed(line: int, column: int, source: str) -> list[str]:
    """Show a line, and a caret below its column; nothing of one that may hold a secret, or is too long."""
    shown = "" if column > WIDTH or HELD.search(source) else _printable(source)
    if not shown:
        return []
    gutter = f"{line:>5} | "
    before = gutter + shown[: column - 1].ljust(column - 1)
    return [gutter + shown.rstrip(), " " * cells(before) + "^"]


def _printable(source: str) -> str:
    """Cut a line to what can be read, and show tabs and other control characters as blanks."""
    return "".join(char if char.isprintable() else " " for char in source[:WIDTH])


def cells(text: str) -> int:
    """Count the cells of a terminal that a text takes: 0 for a combining mark, 2 for 漢 or an emoji."""
    return sum(0 if category(char) in COMBINING else 1 + (width(char) in "WF") for char in text)


class PlaybookError(HardenerError):
    """All mistakes of the files that were read, sorted by place."""

    exit_code = 64

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        super().__init__("1 problem" if count == 1 else f"{count} problems")

    def __str__(self) -> str:
        return "\n".join([*map(str, self.problems), f"{self.what}; no host was touched"])


class SecretError(HardenerError):
    """A password or vault secret is missing or wrong; `of` is the variable that hides it."""

    exit_code = 64
    of = ""


class ConnectError(HardenerError):
    """The host was not reached, so nothing on it has changed."""

    exit_code = 4


class HostKeyError(ConnectError):
    """The host's key is unknown, revoked, or another than the known one."""


class LoginError(ConnectError):
    """The host refused this user with these keys and passwords."""


class BecomeError(ConnectError):
    """sudo refused, or its password is wrong or missing."""


class PythonMissing(ConnectError):
    """There is no Python >= 3.6 on the host."""


class ConnectionLost(ConnectError):
    """The link broke while the host was at work; its journal knows how far it came."""


class WorkerLost(ConnectionLost):
    """The worker that held the link to a host was lost; another one can take the host up."""


class HostError(HardenerError):
    """The host refused or failed; it sent these fields."""
