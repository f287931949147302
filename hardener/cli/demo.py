"""`harden demo`: preview, apply, rollback and proof on a droplet in a folder."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from hardener.errors import HardenerError, UsageError

STATE = "XDG_STATE_HOME"


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Lay the droplet there, and keep it; the folder must be new or empty.",
)
@click.option("--keep", is_flag=True, help="Keep the droplet when the demo is over.")
def command(folder: Path | None, keep: bool) -> int:
    """Try everything on a throw-away droplet in a folder: no root, no host, no trace.

    Previews, applies and rolls back playbooks/droplet.yml, and proves by a hash of the
    whole droplet that the rollback put everything back. Exit code 1 if it did not.
    """
    from hardener.demo.tour import Stopped, Tour
    from hardener.resources import data_dir

    with place(folder, keep) as found, own_state(found / "state"):
        playbook = near(data_dir("playbooks") / "droplet.yml")
        tour = Tour(found / "droplet", playbook, harden, click.echo, typed())
        try:
            whole = tour.go()
        except Stopped as stopped:
            raise HardenerError("the demo stopped", why=str(stopped)) from stopped
        if keep or folder:
            remove = shlex.join(["rm", "-r", str(near(found))])
            click.echo(f"\nThe droplet stays in {tour.root}; `{remove}` removes it.")
    return 0 if whole else 1


def harden(words: Sequence[str]) -> int:
    """Run a command line as `main` would; return its exit code."""
    from hardener.cli import commands

    return int(commands(list(words), prog_name="harden", standalone_mode=False) or 0)


@contextmanager
def place(folder: Path | None, keep: bool) -> Iterator[Path]:
    """Give the folder of the demo; a temporary one goes away, unless it is to be kept."""
    if folder is None:
        made = Path(tempfile.mkdtemp(prefix="harden-demo-"))
    else:
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty", hint="name a folder that is not there yet")
        folder.mkdir(parents=True, exist_ok=True)
        made = folder.absolute()
    try:
        yield made
    finally:
        if folder is None and not keep:
            shutil.rmtree(made)


@contextmanager
def own_state(folder: Path) -> Iterator[None]:
    """Keep the controller's memory of the demo's runs out of the user's own."""
    before = os.environ.get(STATE)
    os.environ[STATE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[STATE]
        else:
            os.environ[STATE] = before


def near(path: Path) -> Path:
    """Write a path as a person here would."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def typed() -> str:
    """How this program is begun from here: `harden`, where that is found, else its path."""
    found = shutil.which("harden")
    here = Path(sys.argv[0]).absolute()
    if not here.is_file() or (found and here.samefile(found)):  # no file: `python -c`
        return "harden"
    return str(near(here))
