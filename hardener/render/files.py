"""Template files: where they are found, how their lines are named in errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import FunctionLoader, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplatesNotFound

from hardener.errors import Spot
from hardener.render.environment import Environment, ended, names_in, newlines
from hardener.render.errors import RenderError
from hardener.render.lookups import find
from hardener.render.secrecy import used
from hardener.vault.reading import is_vault_file, read_text

_ends: dict[str, int] = {}
"""How many newlines each compiled template ends with."""


def whole(path: Path, text: str) -> str:
    """Give a rendered template at least the newlines at its end that its file has."""
    return ended(text, _ends.get(str(path), 0))


@lru_cache(maxsize=64)
def environment(search: tuple[Path, ...]) -> Environment:
    """Return the environment for files of these folders; compiled templates stay in it."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        try:
            path = find(name, search)
        except RenderError:
            return None
        changed, text = path.stat().st_mtime_ns, read(path)
        _ends[name] = newlines(text)
        return text, str(path), lambda: _unchanged(path, changed)

    return Environment(loader=FunctionLoader(load))


def _unchanged(path: Path, changed: int) -> bool:
    """Tell whether a compiled template may be used again; if it was in a vault, it is a secret again."""
    if is_vault_file(path):
        used()
    return path.is_file() and path.stat().st_mtime_ns == changed


def read(path: Path) -> str:
    """Read a file of the controller as text, opened if it is in a vault."""
    text, secret = read_text(path)
    if secret:
        used()
    return text


def names(path: Path, search: tuple[Path, ...]) -> frozenset[str]:
    """Name the variables that a file uses, and the files that it includes by a fixed name."""
    found: set[str] = set()
    seen: set[Path] = set()
    pending = [path]
    while pending:
        path = pending.pop()
        if path not in seen:
            seen.add(path)
            tree = environment(search).parse(read(path), filename=str(path))
            found |= names_in(tree)
            pending += _included(tree, search)
    return frozenset(found)


def _included(tree: nodes.Template, search: tuple[Path, ...]) -> Iterator[Path]:
    kinds = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)
    for node in tree.find_all(kinds):
        template = node.template  # type: ignore[attr-defined]
        if isinstance(template, nodes.Const) and isinstance(template.value, str):
            yield find(template.value, search)


def place(error: Exception) -> Spot | None:
    """Say where in a template file an error arose, if it did."""
    if isinstance(error, TemplateSyntaxError):
        return _spot(error.filename, error.lineno) if error.filename else None
    if isinstance(error, (TemplateNotFound, TemplatesNotFound)) and error.__traceback__ is None:
        return None
    found, step = None, error.__traceback__
    while step:
        # jinja puts frames of its own into the traceback, with the template's name and line
        names_ = step.tb_frame.f_globals
        if "__jinja_exception__" in names_ and not str(names_["__file__"]).startswith("<"):
            found = names_["__file__"], step.tb_lineno
        step = step.tb_next
    return _spot(*found) if found else None


def _spot(file: str, line: int) -> Spot:
    text, secret = read_text(Path(file))
    return Spot(file, () if secret else text.split("\n"), line - 1, 0)
