"""`harden confirm`: keep a run that would undo itself."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli import complete
from hardener.cli.options import host_options


@click.command()
@click.argument("run", required=False, shell_complete=complete.runs)
@host_options
@click.option(
    "--extend",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Do not confirm it yet: undo it only after this time from now.",
)
def command(run: str | None, **given: Any) -> int:
    """Keep RUN, whose changes could have locked you out, on all of its hosts.

    Each host is logged in to anew: that this works is the proof. Without RUN: the newest.
    """
    from hardener.cli.reach import reach
    from hardener.fleet import outcome, records
    from hardener.report import reporter

    where = reach(run, given)
    fields = {"seconds": given["extend"]} if given["extend"] else {}
    word = "extend" if fields else "confirm"
    with reporter(given["style"], diff=False) as report:
        statuses = where.each(report, lambda session: session.do(word, run=where.run, **fields))
        kept = {host: "changed" for host, status in statuses.items() if status == "confirmed"}
        records.note(where.run, kept)
        report.recap(statuses, "")
    done = {host: "ok" if word == "extend" else status for host, status in statuses.items()}
    return outcome.exit_code(done)
