"""Options of ansible-playbook that are none here: what is typed instead."""

from __future__ import annotations

import click

INSTEAD = {
    "--list-hosts": "`harden inventory -i FILE --graph` shows hosts, `--dry-run` whom a play has",
    "--list-tasks": "`harden apply --dry-run` shows each step",
    "--list-tags": "`harden completion` lets the shell list them behind `--tags`",
    "--syntax-check": "`harden validate PLAYBOOK` looks at all of it, and touches no host",
    "--start-at-task": "a second run does only what is left; `--tags` chooses steps",
    "--step": "`--tags` chooses steps; a terminal shows the preview, and asks",
    "--become-user": "write `become_user` in the play",
    "--become-method": "write `become_method` in the inventory: sudo, or doas",
    "--connection": "write `connection: local` in the inventory; without -i it is this machine",
    "-c": "write `connection: local` in the inventory; without -i it is this machine",
    "-v": "a preview and its differences say it all; `--format jsonl` prints every event",
    "--verbose": "a preview and its differences say it all; `--format jsonl` prints every event",
    "--force-handlers": "handlers are owed until they have run; a rollback runs them again",
    "--flush-cache": "facts are gathered in each run, and not kept",
    "--ssh-common-args": "write it in a file for `--ssh-config`",
    "--ssh-extra-args": "write it in a file for `--ssh-config`",
    "-M": "step types of others come as Python packages: `harden doc` lists all there are",
    "--module-path": "step types of others come as Python packages: `harden doc` lists all there are",
}


def show(error: click.NoSuchOption) -> None:
    """Print the error, and for an option of Ansible's what is typed here; click would guess."""
    hint = INSTEAD.get(error.option_name)
    if hint is None:
        error.show()
        return
    click.NoSuchOption(error.option_name, ctx=error.ctx).show()
    click.echo(f"hint: {hint}", err=True)
