"""`harden show`: every change of a run."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli.options import host_options


@click.command()
@click.argument("run")
@host_options
def command(run: str, **given: Any) -> int:
    """Show every change of RUN with what was before, what came after, and whether it stands."""
    from hardener.cli.words import ask_hosts

    return ask_hosts(run, given, "show", diff=True)
