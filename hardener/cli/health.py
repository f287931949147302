"""`harden health`: a playbook's checks, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hardener.cli.options import host_options, options_from, playbook_argument


@click.command()
@playbook_argument
@host_options
@click.option(
    "-e", "--extra-vars", multiple=True, metavar="VARS", help="name=value, JSON, or @file."
)
def command(playbook: Path, **given: Any) -> int:
    """Ask the preflight and verify checks of PLAYBOOK on its hosts; nothing is changed."""
    from hardener.cli.connectors import connector_from
    from hardener.cli.extra_vars import read
    from hardener.cli.prompts import asked
    from hardener.fleet import outcome
    from hardener.fleet.hosts import inventory_for
    from hardener.fleet.run import PlaybookRun
    from hardener.playbook import read_playbook
    from hardener.report import reporter

    options = options_from(given, extra_vars=read(given["extra_vars"]))
    book = asked(read_playbook(playbook), options.extra_vars)
    inventory = inventory_for(options, playbook.parent)
    with (
        reporter(given["style"], diff=False) as report,
        PlaybookRun(book, inventory, options, connector_from(given), report, "health") as work,
    ):
        statuses = work.health()
        report.recap(statuses, "")
    return outcome.exit_code(statuses)
