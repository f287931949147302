"""Read a YAML file into a Document: plain data with the place of everything in it.

YAML 1.1 reads `0644` as 420, `on` as true, `22:22` as 1342 and `1.10` as 1.1. Here only
true/false, plain decimals and null are more than text, which is also what an editor that
speaks YAML 1.2 shows; the schemas ask for numbers where numbers are meant.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from hardener.dataclass import replace
from hardener.errors import PlaybookError, UsageError
from hardener.inventory.quiet import hushed, quiet
from hardener.playbook.events import Events
from hardener.playbook.marks import Document, problem
from hardener.playbook.syntax import explain
from hardener.playbook.walk import Walk
from hardener.vault import reading as vault

# What YAML calls a line break, so that our lines are the parser's.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: Path | str) -> Document:
    """Read a file; raise PlaybookError with all that is wrong with it as YAML."""
    return _whole(read(path))


def parse(text: str, file: str) -> Document:
    """Read text that stands in `file`, as `load` does."""
    return _whole(_parsed(text, file))


def read(path: Path | str) -> Document:
    """Read a file; `problems` tell what of it is wrong, where the rest can be judged all the same.

    A vault is opened; SecretError if no password does.
    """
    try:
        raw, secret = vault.read(Path(path))
    except OSError as error:
        raise UsageError(f"cannot read {path}", why=error.strerror or str(error)) from None
    with quiet(secret):
        document = _parsed(_text(raw, str(path)), str(path))
    if not secret:
        return document
    return replace(document, secret=True, problems=tuple(map(hushed, document.problems)))


def _whole(document: Document) -> Document:
    if document.problems:
        raise PlaybookError(document.problems)
    return document


def _parsed(text: str, file: str) -> Document:
    walk = Walk(file, tuple(LINE_BREAK.split(text)))
    loader = LOADER(text)
    try:
        data = walk.data(Events(loader))
    except yaml.YAMLError as error:
        raise PlaybookError([explain(error, file, walk.lines)]) from None
    finally:
        loader.dispose()
    return Document(file, walk.lines, data, walk.values, walk.keys, tuple(walk.problems))


def _text(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        lines = tuple(LINE_BREAK.split(before))
        mark = len(lines) - 1, len(lines[-1])
        what = f"the byte 0x{raw[error.start]:02x} is not UTF-8"
        hint = "save the file as UTF-8"
        raise PlaybookError([problem(file, lines, mark, what, hint)]) from None
