"""Find what `-i` means: files, folders, programs and lists of hosts, several of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from hardener.errors import PlaybookError, Problem, UsageError
from hardener.inventory import script, yaml_file
from hardener.inventory.draft import Draft
from hardener.inventory.model import Inventory
from hardener.inventory.quiet import hushed, quiet
from hardener.inventory.resolve import resolve
from hardener.inventory.vars_folders import read_text

_YAML = (".yml", ".yaml", ".json")
# Ansible passes these over in a folder (INVENTORY_IGNORE_EXTS).
_NOT_SOURCES = (".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg",
                ".retry")  # fmt: skip
_NOT_IN_FOLDERS = ("group_vars", "host_vars", "vars_plugins")
_YAML_START = re.compile(r"---|\{|[\w.-]+:\s*(#.*)?$")


def load(
    sources: Sequence[str], *, playbook_dir: Path | None = None, patient: bool = False
) -> Inventory:
    """Read all sources; PlaybookError lists every mistake in them, UsageError a missing one.

    Without sources there is only the implicit localhost. `patient`: a vault of variables that no
    password opens is left closed, and named in the inventory.
    """
    draft = Draft()
    for source in sources:
        _add(draft, source)
    folders = [_folder(source) for source in sources if not _is_list(source)]
    inventory = resolve(draft, folders, playbook_dir, patient=patient)
    if draft.problems:
        raise PlaybookError(draft.problems)
    return inventory


def _add(draft: Draft, source: str) -> None:
    path = Path(source)
    if _is_list(source):
        _list(draft, source)
    elif path.is_dir():
        for inner in _in_folder(path):
            _add(draft, str(inner))
    elif path.exists():
        _file(draft, path)
    else:
        hint = f"a list of hosts needs a comma: -i '{source},'"
        raise UsageError(f"no inventory {source!r}", hint=hint)


def _is_list(source: str) -> bool:
    return "," in source and not os.path.exists(source)


def _list(draft: Draft, source: str) -> None:
    for pattern in filter(None, map(str.strip, source.split(","))):
        try:
            if pattern not in draft.hosts:
                draft.add_hosts(pattern, "ungrouped", "", f"-i {source}")
        except ValueError as error:
            raise UsageError(f"-i {source}: {error}") from error


def _folder(source: str) -> Path:
    path = Path(source)
    return path if path.is_dir() else path.parent


def _in_folder(folder: Path) -> list[Path]:
    found = sorted(folder.iterdir(), key=lambda path: path.name)
    return [
        path
        for path in found
        if not path.name.startswith(".")
        and not path.name.endswith(_NOT_SOURCES)
        and path.name not in _NOT_IN_FOLDERS
    ]


def _file(draft: Draft, path: Path) -> None:
    try:
        if script.is_script(path):
            script.read(draft, str(path))
        else:
            text, secret = read_text(path)
            with _kept_secret(draft) if secret else nullcontext():
                _read(draft, path, text)
    except PlaybookError as error:
        draft.problems += error.problems
    except OSError as error:
        draft.problems.append(Problem(str(path), 1, 1, f"cannot be read: {error.strerror}"))


def _read(draft: Draft, path: Path, text: str) -> None:
    if _is_yaml(path, text):
        yaml_file.read(draft, str(path), text)
    else:
        from hardener.inventory import ini_file

        ini_file.read(draft, str(path), text)


@contextmanager
def _kept_secret(draft: Draft) -> Iterator[None]:
    """Keep to the places of mistakes, and give every value as secret."""
    problems, warnings = len(draft.problems), len(draft.warnings)
    draft.secret = True
    try:
        with quiet(True):
            yield
    finally:
        draft.secret = False
        draft.problems[problems:] = map(hushed, draft.problems[problems:])
        del draft.warnings[warnings:]


def _is_yaml(path: Path, text: str) -> bool:
    """By the ending; a file without one by its first line that says something."""
    if path.suffix in _YAML:
        return True
    lines = (line.rstrip() for line in text.splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    return not path.suffix and bool(_YAML_START.match(first))
