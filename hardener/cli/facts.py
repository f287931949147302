"""`harden facts`: what is known of hosts before anything is planned."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli.options import host_options


@click.command()
@host_options
def command(**given: Any) -> int:
    """Print the facts of hosts, as playbooks see them under `facts`."""
    from hardener.cli.words import ask_hosts

    return ask_hosts(None, given, "facts")
