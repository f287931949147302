"""command, shell, raw: our `command`, which must say how it is undone."""

from __future__ import annotations

import re
import shlex

from hardener.ansible import shorthand
from hardener.ansible.arguments import Arguments, Params, Turned, given
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template

PLAIN = re.compile(r"(?:[\w./:=@%+,^ -]|\{\{.*?\}\})*")
LOOKS = ("cat", "df", "du", "dpkg-query", "free", "getent", "grep", "id", "ls", "lsblk", "pgrep",
         "readlink", "rpm", "ss", "stat", "test", "uname", "uptime", "whoami", "which")  # fmt: skip
"""Programs that only look, whatever their arguments (rpm: only with -q)."""
IRREVERSIBLE = (
    "no rollback can undo it: say `touches`, `undo` or `query` instead of `irreversible` if you can"
)


def command(args: Arguments) -> Turned:
    return _turned(args, _argv(args, args.take("argv"), _line(args)))


def shell(args: Arguments) -> Turned:
    line = _line(args)
    if not line:
        raise Left("there is no command")
    program = args.text("executable")
    return _turned(args, {"argv": [program, "-c", line]} if program else {"cmd": line})


def _line(args: Arguments) -> str:
    args.taken.update(("warn", "strip_empty_ends"))
    return args.text("cmd", "_raw_params") or ""


def _argv(args: Arguments, argv: object, line: str) -> Params:
    """Keep a shell out of what had none, where one would read it otherwise."""
    args.spare(executable="there is no shell")
    if isinstance(argv, list) and argv:
        return {"argv": [str(each) for each in argv]}
    if not line:
        raise Left("there is no command")
    if PLAIN.fullmatch(line):
        return {"cmd": line}
    try:
        words = shlex.split(line) if not has_template(line) else _split(line)
    except ValueError as error:
        raise Left(f"its words can't be told apart: {error}") from None
    return {"argv": words}


def _split(line: str) -> list[str]:
    return [shorthand.unquoted(word) for word in shorthand.words(line)]


def _turned(args: Arguments, what: Params) -> Turned:
    stdin, newline = args.text("stdin"), args.known("stdin_add_newline")
    if stdin is not None and newline is not False:
        stdin += "\n"
    own = {name: args.text(name) for name in ("chdir", "creates", "removes")}
    return "command", given({**what, **own, "stdin": stdin, **_undone(args, what)})


def _undone(args: Arguments, what: Params) -> Params:
    """Say that it is irreversible, unless it is known to look only, or a handler."""
    if args.handler:
        return {}
    if args.keywords.get("changed_when") is False and _looks(what):
        return {"query": True}
    args.differs(IRREVERSIBLE)
    return {"irreversible": True}


def _looks(what: Params) -> bool:
    line = what.get("cmd")
    words = line.split() if line and PLAIN.fullmatch(line) else what.get("argv", [])
    if not words:
        return False
    name = words[0].rpartition("/")[2]
    return name in LOOKS and (name != "rpm" or words[1:2] == ["-q"])


MODULES = {"command": command, "shell": shell, "raw": shell}
