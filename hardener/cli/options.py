"""The options that commands on hosts share, and what becomes of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from hardener.cli import complete
from hardener.cli.vault_options import vault_options
from hardener.fleet.options import Options

F = TypeVar("F", bound=Callable[..., Any])

# We wait for hosts most of the time; what bounds it is the processor that each login takes.
FORKS = min(64, 8 * len(os.sched_getaffinity(0)))
HOST_OPTIONS = (
    click.option(
        "-i",
        "--inventory",
        multiple=True,
        metavar="FILE",
        shell_complete=complete.files,
        help="Inventory file or folder, or `host1,host2`; may be repeated. Without one: this machine.",
    ),
    click.option(
        "-l", "--limit", metavar="PATTERN", shell_complete=complete.hosts, help="Only these hosts."
    ),
    click.option("-u", "--user", metavar="NAME", help="Log in as this user."),
    click.option(
        "--private-key",
        "identity_file",
        metavar="FILE",
        shell_complete=complete.files,
        help="Log in with this key.",
    ),
    click.option(
        "-b/-B",
        "--become/--no-become",
        default=None,
        help="Work as root by sudo, whatever the play says.",
    ),
    click.option("-k", "--ask-pass", is_flag=True, help="Ask for the login password."),
    click.option("-K", "--ask-become-pass", is_flag=True, help="Ask for sudo's password."),
    click.option(
        "--ssh-config",
        metavar="FILE",
        shell_complete=complete.files,
        help="Another ssh_config than ~/.ssh/config.",
    ),
    click.option(
        "--accept-new", is_flag=True, help="Trust the key of a host that is not known yet."
    ),
    click.option(
        "--timeout",
        "connect_timeout",
        type=float,
        metavar="SECONDS",
        help="For connecting to a host.",
    ),
    click.option(
        "--persist",
        type=click.FloatRange(min=0),
        default=0,
        metavar="SECONDS",
        help="Connect by the ssh program, and keep connections for so long after the command.",
    ),
    click.option(
        "-f",
        "--forks",
        type=click.IntRange(min=1),
        default=FORKS,
        help="How many hosts side by side; else eight for each processor of this machine, 64 at most.",
    ),
    click.option(
        "--executor",
        metavar="URL",
        help="Reach hosts through the workers of this Dask scheduler: dask://scheduler:8786.",
    ),
    click.option(
        "--root",
        type=click.Path(exists=True, file_okay=False),
        help="Work in this folder as on an unbooted host.",
    ),
)
FORMAT_OPTION = click.option(
    "--format",
    "style",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="How results are printed.",
)
playbook_argument = click.argument(
    "playbook",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    shell_complete=complete.playbooks,
)


def output_option(says: str) -> Callable[[F], F]:
    """Make `-o FILE`: where a command writes what it makes; there is none without it."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        required=True,
        metavar="FILE",
        shell_complete=complete.files,
        help=says,
    )


CHOICE_OPTIONS = (
    click.option(
        "-t",
        "--tags",
        multiple=True,
        shell_complete=complete.tags,
        help="Only steps with these tags.",
    ),
    click.option(
        "--skip-tags",
        multiple=True,
        shell_complete=complete.tags,
        help="No steps with these tags.",
    ),
    click.option(
        "-e",
        "--extra-vars",
        multiple=True,
        metavar="VARS",
        help="name=value, JSON, or @file; wins over all other variables.",
    ),
    click.option(
        "--allow-pipe",
        is_flag=True,
        help="Let lookup('pipe', …) and lookup('lines', …) run programs on this machine.",
    ),
)
DETAILED_OPTION = click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 if there was something to change."
)
LOOK_AHEAD_OPTION = click.option(
    "--look-ahead/--no-look-ahead",
    default=True,
    show_default=True,
    help="Refuse a play after which sshd, sudo, the firewall or the account would not let you in.",
)


def choice_options(function: F) -> F:
    """Add the options that choose what of a playbook is meant, and with which variables."""
    return _with(CHOICE_OPTIONS, function)


def play_options(function: F) -> F:
    """Add the options of what carries a playbook out, or plans to."""
    return _with((*CHOICE_OPTIONS, DETAILED_OPTION, LOOK_AHEAD_OPTION), function)


def reach_options(function: F) -> F:
    """Add the options of every command that reaches hosts."""
    return _with(HOST_OPTIONS, vault_options(function))


def host_options(function: F) -> F:
    """Add these, and how results are printed."""
    return _with((*HOST_OPTIONS, FORMAT_OPTION), vault_options(function))


def _with(options: Sequence[Callable[[F], F]], function: F) -> F:
    for option in reversed(options):
        function = option(function)
    return function


NAMES = (
    "inventory", "limit", "user", "identity_file", "become", "ssh_config", "accept_new",
    "connect_timeout", "persist", "forks", "executor", "root",
)  # fmt: skip


def options_from(given: dict[str, Any], **more: Any) -> Options:
    """Build the run's options from the parameters of a command."""
    return Options(**{name: given[name] for name in NAMES}, **more)


def play_options_from(given: dict[str, Any], **more: Any) -> Options:
    """Build the options of a run of a playbook."""
    from hardener.cli.extra_vars import read
    from hardener.fleet.compose.choice import Choice

    choice = Choice(_words(given["tags"]), _words(given["skip_tags"]))
    more |= {"choice": choice, "look_ahead": given.get("look_ahead", True)}
    more["allow_pipe"] = given.get("allow_pipe", False)
    return options_from(given, extra_vars=read(given["extra_vars"]), **more)


def _words(given: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.strip() for text in given for word in text.split(",") if word.strip())
