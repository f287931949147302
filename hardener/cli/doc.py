"""`harden doc`: the manual of step types and checks."""

from __future__ import annotations

import click

from hardener.cli import complete
from hardener.playbook.pages import listing, page
from hardener.playbook.schemas import language


@click.command()
@click.argument("name", required=False, shell_complete=complete.words)
def command(name: str | None) -> None:
    """List all step types and checks, or show the manual page of NAME."""
    words = language()
    if name is None:
        click.echo(f"Step types:\n{listing(words, 'step')}\n\nChecks:\n{listing(words, 'check')}")
        return
    click.echo("\n".join(page(schema, kind) for kind, schema in words.find(name)), nl=False)
