"""Options of ansible-playbook that are none here are told by name, and those that are ours are not."""

import click

from hardener.cli import COMMANDS, commands
from hardener.cli.ansible_options import INSTEAD


def test_none_of_them_is_an_option_of_ours() -> None:
    context = click.Context(commands)
    for name in ("apply", "plan", "audit", "inventory"):
        assert name in COMMANDS
        command = commands.get_command(context, name)
        assert command
        ours = {word for each in command.params for word in (*each.opts, *each.secondary_opts)}
        assert not ours & INSTEAD.keys(), name
