"""`harden history`: the runs that hosts remember."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli.options import host_options


@click.command()
@host_options
def command(**given: Any) -> int:
    """List the runs that hosts remember, oldest first, and what of them still stands.

    Without options: the hosts of the newest run.
    """
    from hardener.cli.words import ask_hosts

    return ask_hosts(None, given, "history")
