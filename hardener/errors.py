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
from dataclasses import dataclass
from unicodedata import category
from unicodedata import east_asian_width as width

WIDTH = 160  # characters of a line that are shown
SECRET = r"(?i:(pass(word|wd|phrase)?|secret|token|(api|private)_?key)s?)"
"""How the names of variables and keys end that hold a secret."""
HELD = re.compile(SECRET + r"['\"]?\s*[:=]")  # such a line is not shown
COMBINING = ("Mn", "Me")


class HardenerError(Exception):
    """Something a person can mend: what, where, why, and what to do.

    `where` is `file:line:column`, or `host: step: kind:id`.
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
        lines = [head, self.why, self.hint and f"hint: {self.hint}"]
        return "\n".join(line for line in lines if line)

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
        out = [f"{self.file}:{self.line}:{self.column}: {self.what}"]
        shown = "" if self.column > WIDTH or HELD.search(self.source) else _printable(self.source)
        if shown:
            gutter = f"{self.line:>5} | "
            before = gutter + shown[: self.column - 1].ljust(self.column - 1)
            out += [gutter + shown.rstrip(), " " * _cells(before) + "^"]
        if self.hint:
            out.append(f"      hint: {self.hint}")
        return "\n".join(out)


def _printable(source: str) -> str:
    """Cut a line to what can be read, and show tabs and other control characters as blanks."""
    return "".join(char if char.isprintable() else " " for char in source[:WIDTH])


def _cells(text: str) -> int:
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
