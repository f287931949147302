"""`harden apply`: a playbook on its hosts."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from hardener.cli.options import host_options, options_from


@click.command()
@click.argument("playbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@host_options
@click.option("-t", "--tags", multiple=True, help="Only steps with these tags.")
@click.option("--skip-tags", multiple=True, help="No steps with these tags.")
@click.option(
    "-e",
    "--extra-vars",
    multiple=True,
    metavar="VARS",
    help="name=value, JSON, or @file; wins over all other variables.",
)
@click.option(
    "-C",
    "--dry-run",
    "--check",
    "dry_run",
    is_flag=True,
    help="Show what would change, and change nothing.",
)
@click.option("-D", "--diff", is_flag=True, help="Show the differences (a dry run always does).")
@click.option("-y", "--yes", is_flag=True, help="Do not ask between preview and apply.")
@click.option(
    "--wait",
    default=0.0,
    metavar="SECONDS",
    help="Wait that long for another run to let go of a host.",
)
@click.option(
    "--confirm",
    type=click.Choice(["auto", "manual", "off"]),
    default="auto",
    show_default=True,
    help="Who confirms changes that could lock you out: a fresh login, you by `harden confirm`, or nobody.",
)
@click.option(
    "--confirm-within",
    type=click.FloatRange(min=5),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="After this time without a confirmation the host undoes such a run by itself.",
)
@click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 if there was something to change."
)
@click.pass_context
def command(ctx: click.Context, /, playbook: Path, **given: Any) -> int:
    """Change hosts as PLAYBOOK says.

    On a terminal the preview is shown first and you are asked; `--yes` does not ask.
    Everything that changes is kept on the host first: `harden rollback` puts it back.
    """
    from hardener.cli.ask import go_on, secrets_from
    from hardener.fleet import outcome, records
    from hardener.fleet.hosts import inventory_for
    from hardener.fleet.run import PlaybookRun
    from hardener.playbook import read_playbook
    from hardener.report import reporter

    options = _options(given)
    book = read_playbook(playbook)
    inventory = inventory_for(options, playbook.parent)
    asked = not (given["dry_run"] or given["yes"]) and sys.stdin.isatty() and sys.stdout.isatty()
    run = records.new_run_id()
    with (
        reporter(given["style"], diff=given["diff"] or given["dry_run"] or asked) as report,
        PlaybookRun(
            book, inventory, options, secrets_from(given), report, run,
            _remember(run, playbook, options),
        ) as work,
    ):  # fmt: skip
        if asked or given["dry_run"]:
            report.stage = "preview"
        if asked:
            statuses = work.go(dry_run=True)
            if "pending" not in statuses.values() or not go_on("Apply these changes?"):
                report.recap(statuses, "")
                return outcome.exit_code(statuses, given["detailed_exitcode"])
            report.stage = "apply"
        statuses = dict(work.go(dry_run=given["dry_run"]))
        report.recap(statuses, run if work.begun.can_be_undone() else "")
    return outcome.exit_code(statuses, given["detailed_exitcode"])


def _remember(run: str, playbook: Path, options: Any) -> Any:
    """Return what keeps the record of this run current; one that changed nothing leaves none."""
    from hardener.fleet import records
    from hardener.vault.keyring import KEYS

    sources = tuple(str(Path(s).absolute()) if Path(s).exists() else s for s in options.inventory)
    found = records.Record(
        run, "apply", str(playbook.absolute()), time.time(), sources, _absolute(options.root),
        options.user, _absolute(options.identity_file), _absolute(options.ssh_config),
        vault=KEYS.lasting(),
    )  # fmt: skip

    def remember(begun: Any) -> None:
        if set(begun.hosts.values()) <= {"ok", "refused"}:
            records.forget(run)
        else:
            records.save(replace(found, hosts=begun.hosts, users=begun.users))

    return remember


def _absolute(path: str | None) -> str | None:
    return str(Path(path).expanduser().absolute()) if path else None


def _options(given: dict[str, Any]) -> Any:
    from hardener.cli.extra_vars import read
    from hardener.fleet.compose import Choice

    choice = Choice(_words(given["tags"]), _words(given["skip_tags"]))
    return options_from(
        given,
        choice=choice,
        extra_vars=read(given["extra_vars"]),
        dry_run=given["dry_run"],
        wait=given["wait"],
        confirm=given["confirm"],
        confirm_within=given["confirm_within"],
    )


def _words(given: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.strip() for text in given for word in text.split(",") if word.strip())
