"""`harden validate`: every mistake of the playbooks, and no host touched."""

from __future__ import annotations

import click

from hardener.cli import complete
from hardener.cli.vault_options import vault_options
from hardener.errors import PlaybookError, Problem
from hardener.playbook import Playbook, read_playbook


@click.command()
@vault_options
@click.argument(
    "playbooks", nargs=-1, required=True, metavar="PLAYBOOK...", shell_complete=complete.playbooks
)
def command(playbooks: tuple[str, ...]) -> None:
    """Check playbooks without reaching any host: all mistakes at once, with their places.

    Exit code 64 if there are any.
    """
    problems: list[Problem] = []
    for path in playbooks:
        try:
            book = read_playbook(path, patient=True)
            click.echo(f"{path}: ok: {count(book)}")
            for file in book.closed:
                click.echo(f"{file}: in a vault, and not looked into: no password opens it")
        except PlaybookError as error:
            problems += error.problems
    if problems:
        # The problems are what was asked for, so they go to stdout.
        click.echo(str(PlaybookError(problems)))
        raise SystemExit(PlaybookError.exit_code)


def count(playbook: Playbook) -> str:
    """Say how much a playbook holds."""
    plays, steps = (
        len(playbook.plays),
        sum(len(play.steps) for play in playbook.plays),
    )
    return f"{plays} play{'s' * (plays != 1)}, {steps} step{'s' * (steps != 1)}"
