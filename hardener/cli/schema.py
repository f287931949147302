"""`harden schema`: the JSON Schema of playbooks, for editors and other tools."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hardener.cli import complete
from hardener.playbook.combine import combine
from hardener.playbook.schemas import language
from hardener.resources import data_dir

WHOLE = ("playbook", "inventory", "audit")


@click.command()
@click.argument("name", default="playbook", shell_complete=complete.words)
@click.option("--path", is_flag=True, help="Print where the file is instead of what is in it.")
@click.option("--check", is_flag=True, help="NAME is a check, where a step type is called so too.")
def command(name: str, path: bool, check: bool) -> None:
    """Print the JSON Schema of a playbook, an inventory, an audit, or the step type or check NAME.

    The one of playbooks has the step types of installed plugins too; an editor finds it by
    the first line of a playbook: # yaml-language-server: $schema=FILE
    """
    if path:
        click.echo(_file(name, check))
    elif name == "playbook":
        click.echo(json.dumps(combine(language()), indent=2, ensure_ascii=False))
    else:
        click.echo(_file(name, check).read_text("utf-8"), nl=False)


def _file(name: str, check: bool) -> Path:
    if name in WHOLE:
        return data_dir("schemas") / f"{name}.json"
    words = language()
    kinds = [kind for kind, _ in words.find(name)]
    return words.paths["check" if check and "check" in kinds else kinds[0]][name]
