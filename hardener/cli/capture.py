"""`harden capture`: the playbook that describes a host as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hardener.cli import complete
from hardener.cli.options import output_option, play_options_from, reach_options
from hardener.errors import UsageError
from hardener.fleet.outcome import LEFT_SOME

PARTS = ("packages", "sysctl", "swap", "mounts", "logrotate", "sshd", "services", "supervisor")


@click.command()
@click.argument("host", shell_complete=complete.hosts)
@reach_options
@click.option(
    "--what",
    multiple=True,
    type=click.Choice(PARTS),
    help="Only this part of the host; may be repeated. Without: all.",
)
@output_option("Where the playbook is written.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def command(host: str, what: tuple[str, ...], output: Path, force: bool, **given: Any) -> int:
    """Read HOST and write the playbook that describes it; nothing on the host is changed.

    Packages that were asked for, kernel parameters of /etc/sysctl.d, swap files, lines of
    fstab, files of /etc/logrotate.d, options of sshd, units that start at boot, options of
    supervisord's programs. Each step is compared with the host before it is written: applied there,
    the playbook changes nothing. What does not hold is left out, and said.
    """
    from hardener.cli.connectors import connector_from
    from hardener.fleet import capture, outcome
    from hardener.report import reporter

    if output.exists() and not force:
        raise UsageError(f"{output} is there already", hint="--force overwrites it")
    if not output.absolute().parent.is_dir():
        raise UsageError(f"there is no folder for {output}")
    given |= {"tags": (), "skip_tags": (), "extra_vars": ()}
    options = play_options_from(given, dry_run=True, looks_only=True)
    connector = connector_from(given)
    with reporter("text", diff=False) as report:
        statuses, told = capture.steps_of(host, what or PARTS, options, connector, report)
    if not set(statuses.values()) <= outcome.GOOD:
        return outcome.exit_code(statuses)
    steps = capture.proved(told, host, options, connector)
    output.write_text(capture.playbook(host, steps, become=options.become), "utf-8")
    return said(output, host, steps)


def said(output: Path, host: str, steps: Any) -> int:
    """Say what was left out and how much was not; return the exit code."""
    left = [step for step in steps if not step.proved]
    for step in left:
        click.echo(f"left out: {step.name}: {step.why}")
    count = len(steps) - len(left)
    describe = "step describes" if count == 1 else "steps describe"
    click.echo(f"{output}: {count} {describe} {host}, {len(left)} left out")
    return LEFT_SOME if left else 0
