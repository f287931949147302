"""`lookup(…)`: what a template may read from the controller."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hardener.hiding import hide
from hardener.inventory.nearest import did_you_mean
from hardener.render.errors import RenderError
from hardener.render.secrecy import used
from hardener.render.undefined import Missing
from hardener.vault.reading import read_text

if TYPE_CHECKING:
    from hardener.render.renderer import Renderer


def lookup(renderer: Renderer, kind: str, *terms: str, wantlist: bool = False) -> object:
    """Read each term; several are joined with commas, as Ansible has it."""
    kind = kind.removeprefix("ansible.builtin.")
    if kind not in _LOOKUPS:
        known = ", ".join(_LOOKUPS)
        raise RenderError(f"no lookup {kind!r}", why=f"there are {known}",
                          hint=did_you_mean(kind, _LOOKUPS))  # fmt: skip
    found = [_LOOKUPS[kind](renderer, term) for term in terms]
    if wantlist:
        return found
    return found[0] if len(found) == 1 else ",".join(map(str, found))


def find(name: str, search: Sequence[Path]) -> Path:
    """Find a file by its path, or in the folders of the play; RenderError says where it looked."""
    places = [folder / Path(name).expanduser() for folder in search] or [Path(name).expanduser()]
    for place in places:
        if place.is_file():
            return place
    looked = ", ".join(str(place) for place in places)
    raise RenderError(f"no file {name!r}", why=f"looked for {looked}")


def _env(renderer: Renderer, name: str) -> object:
    """An unset variable is undefined: an empty password by mistake would be worse than an error."""
    return os.environ.get(name, Missing(f"the environment has no {name}", name=name))


def _file(renderer: Renderer, name: str) -> object:
    text, secret = read_text(find(name, renderer.search))
    text = text.rstrip("\n")
    if secret:
        used()
        hide(text)
    return text


def _template(renderer: Renderer, name: str) -> object:
    return renderer.template(find(name, renderer.search))


def _pipe(renderer: Renderer, command: str) -> object:
    if not renderer.allow_pipe:
        raise RenderError("lookup('pipe', …) runs a program here and is not allowed",
                          hint="allow it with --allow-pipe")  # fmt: skip
    done = subprocess.run(  # noqa: S602 - the playbook asked for a shell, and the user allowed it
        command, shell=True, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RenderError(f"lookup('pipe', …) ended with {done.returncode}",
                          why=done.stderr.strip())  # fmt: skip
    return done.stdout.rstrip("\n")


_LOOKUPS: Mapping[str, Callable[[Renderer, str], object]] = {
    "env": _env, "file": _file, "template": _template, "pipe": _pipe,
}  # fmt: skip
