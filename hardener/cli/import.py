"""`harden import`: an Ansible playbook becomes ours."""

from __future__ import annotations

from pathlib import Path

import click

from hardener.cli.options import output_option, playbook_argument
from hardener.errors import PlaybookError
from hardener.fleet.outcome import LEFT_SOME


@click.command()
@playbook_argument
@output_option("Where our playbook is written; what it brings goes beside it.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def command(playbook: Path, output: Path, force: bool) -> None:
    """Turn the Ansible playbook PLAYBOOK, with its roles and included files, into ours.

    Prints what it could not turn, which stands in the output as a comment, and what means
    something else here. Exit code 6 if anything was not turned.
    """
    from hardener.ansible import turn
    from hardener.playbook import read_playbook

    turned = turn(playbook, output)
    turned.write(output.parent, force=force)
    for note in sorted(turned.notes.all):
        click.echo(str(note))
    left = turned.notes.not_turned
    try:
        read_playbook(output)
    except PlaybookError as error:
        for problem in error.problems:
            click.echo(str(problem))
        left += len(error.problems)
    click.echo(f"{output}: {_counted(turned.steps)} turned, {left} left, "
               f"{len(turned.notes.all) - turned.notes.not_turned} differ")  # fmt: skip
    raise SystemExit(LEFT_SOME if left else 0)


def _counted(steps: int) -> str:
    return f"{steps} step{'s' * (steps != 1)}"
