"""The command line: one click command a file, loaded when it is asked for."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import sys
import threading
from typing import Any, NoReturn

import click

from hardener import __version__
from hardener.errors import HardenerError
from hardener.fleet.outcome import EXIT_CODES

COMMANDS = {
    "apply": "Change hosts as a playbook says, after a preview and a snapshot.",
    "plan": "Write what a playbook would change to a file, to be applied just so.",
    "audit": "Compare hosts with a playbook, and write nothing.",
    "rollback": "Put back what a run changed.",
    "confirm": "Keep a run that would undo itself.",
    "status": "Tell how a run stands on each of its hosts.",
    "history": "List the runs that hosts remember.",
    "snapshots": "List what hosts keep to undo runs, and remove the oldest of it.",
    "show": "Show every change of a run.",
    "diff": "Show what is otherwise now than a run left it.",
    "health": "Ask a playbook's checks, and change nothing.",
    "validate": "Check playbooks and touch no host.",
    "pull": "Take playbooks from a git repository, and apply them on this host.",
    "capture": "Write the playbook that describes a host as it is.",
    "import": "Turn an Ansible playbook into ours.",
    "doc": "Explain step types and checks.",
    "schema": "Print the schema that editors complete playbooks by.",
    "inventory": "Show hosts, groups and variables.",
    "facts": "Print what is known of hosts.",
    "vault": "Encrypt and decrypt as ansible-vault does.",
    "init": "Make a project to begin with.",
    "completion": "Print what makes a shell complete command lines.",
    "demo": "Try everything on a throw-away droplet in a folder.",
}
GARBAGE = 50_000  # new objects between two looks for garbage
# Seconds until a thread that has been answered gets its turn, where another one loads modules meanwhile.
TURN = 0.0005
EPILOG = "\n".join(
    ["\b", "Exit codes:", *(f"  {code:<4} {meaning}" for code, meaning in EXIT_CODES.items())]
)


class Commands(click.Group):
    """Lists all commands without importing them, and shows errors as people read them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"hardener.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete the name of a command from the table: importing them all takes too long."""
        from click.shell_completion import CompletionItem

        options = click.Command.shell_complete(self, ctx, incomplete)
        begun = [name for name in COMMANDS if name.startswith(incomplete)]
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in begun), *options]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1) if args else []
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise click.UsageError(error.message + hint, ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harden")
def commands() -> None:
    """Harden hosts by a playbook: preview, snapshot, apply, prove, roll back."""


def main() -> NoReturn:
    """Run the command line, and end with its exit code.

    That is what `sys.exit` does, but for taking apart all that was loaded: a tenth of a short run.
    Python has no public name for the first two parts of it; multiprocessing ends its children so.
    """
    code = run()
    threading._shutdown()  # type: ignore[attr-defined] # waits for threads that are no daemons
    atexit._run_exitfuncs()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        # Nobody may read any more, or it is closed.
        with contextlib.suppress(BrokenPipeError, ValueError):
            stream.flush()
    os._exit(code)


def run() -> int:
    """Run the command line; return its exit code, which says how it ended (see the epilog)."""
    # What is imported stays: looking for garbage in it again and again took a twentieth of a run.
    gc.set_threshold(GARBAGE)
    sys.setswitchinterval(TURN)
    try:
        code = commands(standalone_mode=False)
    except HardenerError as error:
        from hardener.hiding import masked
        from hardener.report.lines import cleaned

        head = "error: " if error.exit_code != 64 else ""
        click.echo(head + cleaned(masked(str(error))), err=True)
        code = error.exit_code
    except click.NoSuchOption as error:
        from hardener.cli.ansible_options import show

        show(error)
        code = 64
    except click.ClickException as error:
        error.show()
        code = 64
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.stdout.flush()
        os._exit(130)  # no thread that is still connecting is waited for
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception:  # noqa: BLE001 - a bug shows its traceback, and no secret that is in it
        import traceback

        from hardener.hiding import masked

        sys.stderr.write(masked(traceback.format_exc()))
        code = 1
    return code if isinstance(code, int) else 0
