"""Find what ships beside the code: schemas, templates, playbooks; and what plugins add.

In a wheel these folders lie in `hardener/_data/`, in a checkout at its root.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from hardener.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PACKAGE = Path(__file__).parent


def data_dir(kind: str) -> Path:
    """Return the folder of `schemas`, `templates` or `playbooks`."""
    for root in (PACKAGE / "_data", PACKAGE.parent):
        if (root / kind).is_dir():
            return root / kind
    raise UsageError(
        f"this installation has no {kind}/",
        why=f"looked in {PACKAGE / '_data'} and {PACKAGE.parent}",
        hint="install hardener again: pip install --force-reinstall hardener",
    )


@cache
def step_types() -> dict[str, Path]:
    """Name every step type, with its schema file: the shipped ones and those of plugins."""
    return _types("steps")


@cache
def check_types() -> dict[str, Path]:
    """Name every check, with its schema file: the shipped ones and those of plugins."""
    return _types("checks")


def shipped_types(kind: str) -> dict[str, Path]:
    """Name the `steps` or `checks` that hardener itself brings."""
    files = (data_dir("schemas") / kind).glob("*.json")
    return {path.stem: path for path in sorted(files)}


def _types(kind: str) -> dict[str, Path]:
    """A plugin cannot take the place of a shipped type."""
    return dict(sorted({**dict(_plugins(f"hardener.{kind}")), **shipped_types(kind)}.items()))


def _plugins(group: str) -> Iterator[tuple[str, Path]]:
    if not any(_may_name_ours(folder) for folder in sys.path) and not _other_finders():
        return
    from importlib.metadata import entry_points

    for point in entry_points(group=group):
        path = plugin_file(point, ".json")
        if path is not None:
            yield point.name, path


def plugin_file(point: EntryPoint, suffix: str) -> Path | None:
    """Find `acme/steps/motd` + suffix for the entry point `motd = acme.steps.motd`.

    The plugin is not imported: its code is for hosts, and may need what is not here.
    """
    top, *inner = point.module.split(".")
    spec = find_spec(top)
    for root in (spec and spec.submodule_search_locations) or ():
        path = Path(root, *inner).with_suffix(suffix)
        if path.is_file():
            return path
    return None


@cache
def _may_name_ours(folder: str) -> bool:
    """Look for a word of ours in the entry points of what is installed in a folder.

    importlib.metadata costs more than all else that reading a playbook imports, and
    few have plugins.
    """
    place = Path(folder)
    if not place.is_dir():
        return place.exists()  # a zip: only importlib can tell
    infos = [each for each in place.iterdir() if each.suffix in (".dist-info", ".egg-info", ".egg")]
    return any(_names_ours(each) for each in infos)


def _names_ours(info: Path) -> bool:
    try:
        return b"[hardener." in (info / "entry_points.txt").read_bytes()
    except OSError:
        return info.suffix == ".egg"


def _other_finders() -> bool:
    """Tell whether somebody else than Python itself knows of installed things."""
    return any(hasattr(each, "find_distributions") for each in sys.meta_path if each != PathFinder)
