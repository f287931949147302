"""`harden inventory`: which hosts there are and what is known of them before any is reached."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hardener.cli import complete
from hardener.cli.vault_options import vault_options
from hardener.errors import UsageError
from hardener.inventory import Inventory, load
from hardener.inventory.show import as_graph, as_host, as_list


@click.command()
@click.option(
    "-i",
    "--inventory",
    "sources",
    multiple=True,
    metavar="SOURCE",
    shell_complete=complete.files,
    help="A file, a folder, a program, or hosts with commas; may be given often.",
)
@click.option("--list", "form", flag_value="list", help="Print all groups and variables as JSON.")
@click.option("--graph", "form", flag_value="graph", help="Draw the tree of groups.")
@click.option("--vars", "variables", is_flag=True, help="Draw variables into the tree of --graph.")
@click.option(
    "--host",
    metavar="NAME",
    shell_complete=complete.hosts,
    help="Print the variables of one host as JSON.",
)
@click.option(
    "--playbook-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Read group_vars/ and host_vars/ of this folder too.",
)
@vault_options
@click.argument("group", default="all", shell_complete=complete.hosts)
def command(sources: tuple[str, ...], form: str | None, host: str | None,
            playbook_dir: Path | None, group: str, variables: bool) -> None:  # fmt: skip
    """Print the inventory, as `ansible-inventory` prints it. GROUP is where --graph starts."""
    if bool(form) == bool(host):
        raise UsageError("one of --list, --graph and --host NAME is needed")
    if variables and form != "graph":
        raise UsageError("--vars goes with --graph", hint="--list and --host print all variables")
    inventory = load(sources, playbook_dir=playbook_dir, patient=True)
    for closed in inventory.closed:
        click.echo(f"warning: {closed} is in a vault that no password opened", err=True)
    for warning in inventory.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(shown(inventory, form or "host", host or "", group, variables))


def shown(inventory: Inventory, form: str, host: str, group: str, variables: bool = False) -> str:
    """Return what is printed for a form: `list`, `graph` (with `variables`) or `host`."""
    if form == "graph":
        return as_graph(inventory, group, variables)
    document = as_list(inventory) if form == "list" else as_host(inventory, host)
    text = json.dumps(document, indent=4, sort_keys=True, ensure_ascii=False)
    return text.encode(
        "utf-8", "backslashreplace"
    ).decode()  # half of a surrogate pair, as JSON has it
