"""`harden init`: a project to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from hardener.errors import UsageError

SKELETON = Path(__file__).parents[1] / "project"
NAMES = {"gitignore": ".gitignore"}  # of files that would mean something where they lie


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Make a commented project in DIR: a playbook, an inventory, a role, variables.

    DIR is made, or has to be without files of these names: nothing is overwritten.
    """
    files = {folder / place(path): path for path in sorted(SKELETON.rglob("*")) if path.is_file()}
    if there := [str(path) for path in files if path.exists()]:
        raise UsageError(
            f"{', '.join(there)}: already there", hint="name a folder that is not there yet"
        )
    for path, source in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.read_text("utf-8").replace("SCHEMAS", schemas()), "utf-8")
        click.echo(path)
    click.echo(f"next: write your hosts into {folder / 'hosts.yml'}, then")
    click.echo(f"      harden apply {folder / 'site.yml'} -i {folder / 'hosts.yml'} --dry-run")


def place(path: Path) -> Path:
    """Return where a file of the skeleton lies in a project."""
    inside = path.relative_to(SKELETON)
    return inside.with_name(NAMES.get(inside.name, inside.name))


def schemas() -> str:
    """Return where an editor finds the schemas."""
    from hardener.resources import data_dir

    return str(data_dir("schemas"))
