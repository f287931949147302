"""Executable (dynamic) inventories: the JSON that a program prints for `--list`."""

from __future__ import annotations

import json
import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

from hardener.errors import PlaybookError, Problem
from hardener.inventory.draft import Draft, Given
from hardener.inventory.marked import tagged

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
    meta = groups.pop("_meta", {})
    hosts = [host for name, body in groups.items() for host in _group(draft, path, name, body)]
    for host in dict.fromkeys(hosts):
        found = meta["hostvars"].get(host, {}) if "hostvars" in meta else _run(path, "--host", host)
        given = {key: Given(value, path) for key, value in found.items()}
        draft.hosts[host].vars.update(given)


def _group(draft: Draft, path: str, name: str, data: object) -> list[str]:
    """Add a group; return the names of its hosts."""
    group = draft.group(name)
    body: dict[str, Any] = data if isinstance(data, dict) else {"hosts": data}
    if body and not _SECTIONS & set(body):  # the oldest form: a bare host with variables
        body = {"hosts": [name], "vars": body}
    hosts: list[str] = []
    try:
        for host in body.get("hosts") or []:
            hosts += [each.name for each in draft.add_hosts(host, name, path, path)]
        for child in body.get("children") or []:
            draft.add_child(name, child)
        for key, value in (body.get("vars") or {}).items():
            group.set(key, Given(value, path))
    except (TypeError, AttributeError, ValueError) as error:
        raise _error(path, f"group {name!r}: {error}") from error
    return hosts


def _run(path: str, *arguments: str) -> dict[str, Any]:
    command = [os.path.abspath(path), *arguments]
    shown = " ".join([path, *arguments])
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _error(path, f"{shown}: {error}") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise _error(path, f"{shown} ended with {done.returncode}: {said[0]}")
    try:
        data = json.loads(done.stdout or "{}", object_hook=partial(tagged, where=path))
    except json.JSONDecodeError as error:
        raise _error(path, f"{shown} printed no JSON: {error}") from error
    if not isinstance(data, dict):
        raise _error(path, f"{shown} must print a JSON object, found {type(data).__name__}")
    return data


def _error(path: str, what: str) -> PlaybookError:
    return PlaybookError([Problem(path, 1, 1, what)])
