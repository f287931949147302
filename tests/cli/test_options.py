"""Options of ansible-playbook that are none here are told by name, and those that are ours are not."""

import os
import subprocess
import sys

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


def test_more_processors_more_hosts_side_by_side() -> None:
    processors = sorted(os.sched_getaffinity(0))
    for some in (processors[:1], processors[:2]):
        bound = f"import os; os.sched_setaffinity(0, {some}); "
        asked = bound + "from hardener.cli.options import FORKS; print(FORKS)"
        command = [sys.executable, "-c", asked]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said == f"{8 * len(some)}\n"
