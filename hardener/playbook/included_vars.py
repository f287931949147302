"""Which files of variables an `include_vars` reads: one, the first that is there, or a folder's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hardener.playbook.references import texts

ENDINGS = ("yml", "yaml", "json")


def asked(value: Any) -> Mapping[str, Any]:
    """Return the long form of what is written: `file` or `dir`, and what goes with them."""
    return value if isinstance(value, Mapping) else {"file": value}


def folders(roles: Sequence[Path], near: Path, home: Path) -> list[Path]:
    """Return where they are looked for: in the roles around, beside the file that asks, the play's."""
    return [each / part for each in (*roles, near, home) for part in ("vars", ".")]


def files_of(given: Mapping[str, Any], places: Sequence[Path], roles: Sequence[Path]) -> list[Path]:
    """Return the files that are read, in their order; none if what is named is not there."""
    if "dir" in given:
        top = next((each for each in _named(given["dir"], places) if each.is_dir()), None)
        own = [role / "vars" / "main.yml" for role in roles]
        return [each for each in _below(top, given) if each not in own] if top else []
    return [each for each in _named(given.get("file"), places) if each.is_file()][:1]


def _named(names: Any, places: Sequence[Path]) -> Iterator[Path]:
    for name in texts(names):
        yield from (place / name for place in places)


def _below(top: Path, given: Mapping[str, Any]) -> list[Path]:
    """Return a folder's files in Ansible's order: each folder's by name, its own before those below."""
    depth, wanted = given.get("depth"), _pattern(given.get("files_matching"), "")
    endings = tuple(f".{each}" for each in texts(given.get("extensions", list(ENDINGS))))
    ignored = [_pattern(each, r"\b\B") for each in texts(given.get("ignore_files"))]
    found = (path for path in top.rglob("*") if path.is_file() and path.suffix in endings)
    return sorted(
        (
            path
            for path in found
            if wanted.search(path.name)
            and not any(re.search(f"(?:{each.pattern})$", path.name) for each in ignored)
            and not (isinstance(depth, int) and 0 < depth < len(path.relative_to(top).parts))
        ),
        key=lambda path: (str(path.parent), path.name),
    )


def _pattern(text: Any, instead: str) -> re.Pattern[str]:
    """Read a regular expression; of one that is none, validate.py tells."""
    try:
        return re.compile(text if isinstance(text, str) else instead)
    except re.error:
        return re.compile(instead)
