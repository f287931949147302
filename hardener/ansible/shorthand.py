"""`key=value` arguments, as people write them behind a module's name."""

from __future__ import annotations

import codecs
import re

WORD = re.compile(
    r"""(?:\{\{.*?\}\}|\{%.*?%\}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s])+""", re.DOTALL
)
KEY = re.compile(r"([a-z_]+)=(.*)", re.DOTALL)
ESCAPE = re.compile(r"""\\(?:U.{8}|u.{4}|x..|[0-7]{1,3}|N\{[^}]+\}|[\\'"abfnrtv])""")
OPTIONS = ("creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline",
           "strip_empty_ends", "cmd")  # fmt: skip
"""What stands before or behind a command, as its own options."""


def pairs(text: str) -> dict[str, str]:
    """Return the arguments; what is no `key=value` is below `_raw_params`."""
    found: dict[str, str] = {}
    raw = []
    for word in words(text):
        match = KEY.fullmatch(word)
        if match:
            found[match[1]] = decoded(unquoted(match[2]))
        else:
            raw.append(word)
    return {**found, **({"_raw_params": " ".join(raw)} if raw else {})}


def command(text: str) -> dict[str, str]:
    """Return a command and the options that stand in its line."""
    found: dict[str, str] = {}

    def option(match: re.Match[str]) -> str:
        key = KEY.fullmatch(match[0])
        if not key or key[1] not in OPTIONS:
            return match[0]
        found[key[1]] = decoded(unquoted(key[2]))
        return ""

    line = WORD.sub(option, text).strip()
    return {**({"cmd": line} if line else {}), **found}


def words(text: str) -> list[str]:
    """Split at blanks, but not within quotes or templates."""
    return WORD.findall(text)


def unquoted(text: str) -> str:
    whole = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if whole else text


def decoded(text: str) -> str:
    """Read `\\n` and the like, as Ansible does in any value behind `=`."""
    return ESCAPE.sub(lambda found: codecs.decode(found[0], "unicode-escape"), text)
