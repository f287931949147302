"""`harden diff`: what has moved since a run."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli import complete
from hardener.cli.options import host_options


@click.command()
@click.argument("run", required=False, shell_complete=complete.runs)
@host_options
def command(run: str | None, **given: Any) -> int:
    """Show what is otherwise now than RUN (or each host's newest) left it; writes nothing."""
    from hardener.cli.words import ask_hosts

    return ask_hosts(run, given, "diff", diff=True)
