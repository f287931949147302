"""Executable (dynamic) inventories: the JSON that a program prints for `--list`."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

from hardener.errors import PlaybookError, Problem
from hardener.inventory.depth import TOO_DEEP, is_deep
from hardener.inventory.draft import Draft, Given
from hardener.inventory.marked import tagged
from hardener.inventory.program import output

PATIENCE = 120.0  # seconds
MOST = 64 << 20  # bytes: ten thousand hosts with 6 KB of variables each
_SECTIONS = {"hosts", "vars", "children"}


def is_script(path: Path) -> bool:
    """Executable, and begins like a program: on some file systems everything is executable."""
    if not os.access(path, os.X_OK):
        return False
    with path.open("rb") as file:
        return file.read(4).startswith((b"#!", b"\x7fELF"))


def read(draft: Draft, path: str) -> None:
    """Run the program and add what it prints."""
    groups = _run(path, "--list")
    meta = _mapping(path, "_meta", groups.pop("_meta", None))
    known = _mapping(path, "_meta.hostvars", meta.get("hostvars"))
    hosts = [host for name, body in groups.items() for host in _group(draft, path, name, body)]
    for host in dict.fromkeys(hosts):
        found = known.get(host) if "hostvars" in meta else _run(path, "--host", host)
        given = _mapping(path, f"variables of {host!r}", found)
        draft.hosts[host].vars.update({key: Given(each, path) for key, each in given.items()})


def _group(draft: Draft, path: str, name: str, data: object) -> list[str]:
    """Add a group; return the names of its hosts."""
    group = draft.group(name)
    body: dict[str, Any] = data if isinstance(data, dict) else {"hosts": data}
    if body and not _SECTIONS & set(body):  # the oldest form: a bare host with variables
        body = {"hosts": [name], "vars": body}
    hosts: list[str] = []
    try:
        for host in _names(path, f"hosts of {name!r}", body.get("hosts")):
            hosts += [each.name for each in draft.add_hosts(host, name, path, path)]
        for child in _names(path, f"children of {name!r}", body.get("children")):
            draft.add_child(name, child)
        for key, value in _mapping(path, f"vars of {name!r}", body.get("vars")).items():
            group.set(key, Given(value, path))
    except ValueError as error:
        raise _error(path, f"group {name!r}: {error}") from error
    return hosts


def _names(path: str, what: str, value: object) -> list[str]:
    names = [] if value is None else value
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise _error(path, f"{what} must be a list of names")
    return names


def _mapping(path: str, what: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise _error(path, f"{what} must be a mapping, found {type(value).__name__}")
    return value or {}


def _run(path: str, *arguments: str) -> dict[str, Any]:
    shown = " ".join([path, *arguments])
    try:
        done = output([os.path.abspath(path), *arguments], seconds=PATIENCE, most=MOST)
    except OSError as error:
        hint = "is its interpreter, in the first line, there?"
        raise _error(path, f"{shown} cannot be run: {error.strerror}", hint) from error
    except ValueError as error:
        raise _error(path, f"{shown}: {error}") from error
    if done.code:
        raise _error(path, f"{shown} ended with {done.code}: {_last(done.err)}")
    data = _parsed(path, shown, done.out)
    if not isinstance(data, dict):
        raise _error(path, f"{shown} must print a JSON object, found {type(data).__name__}")
    return data


def _last(said: bytes) -> str:
    """Return the last line, which names the error of most programs."""
    lines = said.decode("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing").strip()


def _parsed(path: str, shown: str, printed: bytes) -> object:
    try:
        data: object = json.loads(printed.strip() or b"{}", object_hook=partial(tagged, where=path))
    except (ValueError, RecursionError) as error:
        raise _error(path, f"{shown} printed no JSON: {error}") from error
    if is_deep(data):
        raise _error(path, f"{shown} printed what is {TOO_DEEP}")
    return data


def _error(path: str, what: str, hint: str = "") -> PlaybookError:
    return PlaybookError([Problem(path, 1, 1, what, hint)])
