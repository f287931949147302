"""`harden completion`: what teaches a shell to complete command lines of harden."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hardener.errors import UsageError

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_HARDEN_COMPLETE"


@click.command()
@click.argument("shell", required=False, type=click.Choice(SHELLS))
def command(shell: str | None) -> None:
    """Print what makes a shell complete commands, options, playbooks, hosts, tags and runs.

    Without SHELL: for the one in $SHELL. To have it at once: source <(harden completion bash)

    \b
    To have it always:
      bash  harden completion bash > ~/.local/share/bash-completion/completions/harden
      zsh   harden completion zsh > a folder of $fpath, as _harden
      fish  harden completion fish > ~/.config/fish/completions/harden.fish
    """
    from click.shell_completion import get_completion_class

    from hardener.cli import commands

    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise UsageError("which shell?", hint=f"name one of {', '.join(SHELLS)}")
    found = get_completion_class(name)
    assert found
    script = found(commands, {}, "harden", VARIABLE).source()
    # click's script for fish would cut at a comma: of `one,two` only `one` would be left.
    click.echo(script.replace('string split ","', 'string split --max 1 ","'))
