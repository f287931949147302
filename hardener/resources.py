"""Find what ships beside the code: schemas, templates, playbooks; and what plugins add.

In a wheel these folders lie in `hardener/_data/`, in a checkout at its root.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from hardener.errors import UsageError

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
