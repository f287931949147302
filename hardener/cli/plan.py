"""`harden plan`: what a playbook would do, in a file that can be applied just so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hardener.cli.options import (
    host_options,
    output_option,
    play_options,
    play_options_from,
    playbook_argument,
)

KEPT = ("inventory", "limit", "tags", "skip_tags", "root", "become")


@click.command()
@playbook_argument
@host_options
@play_options
@output_option("Where the plan is written.")
def command(playbook: Path, output: Path, **given: Any) -> int:
    """Write what PLAYBOOK would change on each host to a file, and change nothing.

    `harden apply FILE` makes exactly these changes, or refuses and names what has moved since;
    `harden show FILE` prints it. It holds the preview as it was shown, and digests; what `no_log`
    or a vault hides is not in it.
    """
    from hardener.cli.book import read
    from hardener.cli.connectors import connector_from
    from hardener.fleet import outcome, records
    from hardener.fleet.hosts import inventory_for
    from hardener.fleet.plan import Plan
    from hardener.fleet.run import PlaybookRun
    from hardener.report import reporter

    options = play_options_from(given, dry_run=True)
    book = read(playbook, options)
    inventory = inventory_for(options, playbook.parent)
    names = tuple(sorted(options.extra_vars))
    run = records.new_run_id()
    plan = Plan(run, str(playbook.absolute()), _kept(given), names)
    with (
        reporter(given["style"], diff=True) as report,
        PlaybookRun(
            book, inventory, options, connector_from(given), report, run, plan=plan
        ) as work,
    ):  # fmt: skip
        report.stage = "preview"
        plan.statuses = work.go(dry_run=True)
        report.recap(plan.statuses, "")
    if not set(plan.statuses.values()) <= outcome.GOOD:
        click.echo("no plan was written: a host could not be planned for", err=True)
        return outcome.exit_code(plan.statuses)
    plan.save(output)
    return outcome.exit_code(plan.statuses, given["detailed_exitcode"])


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that the apply needs too, with their places whole."""
    kept = {key: given[key] for key in KEPT}
    kept["inventory"] = [
        str(Path(each).absolute()) if Path(each).exists() else each for each in given["inventory"]
    ]
    kept["root"] = str(Path(given["root"]).absolute()) if given["root"] else None
    return kept
