"""`harden rollback`: put back what a run changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from hardener.cli import complete
from hardener.cli.options import host_options

if TYPE_CHECKING:
    from hardener.connect import Secrets


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=complete.runs)
@host_options
@click.option(
    "-C", "--dry-run", is_flag=True, help="Show what would be put back, and change nothing."
)
@click.option("-D", "--diff", is_flag=True, help="Show the differences (a dry run always does).")
@click.option(
    "--force",
    multiple=True,
    metavar="KIND:ID",
    help="Put this resource back although it was edited since.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="KIND:ID",
    help="Put back nothing but this resource; goes by what can be read of a damaged journal, too.",
)
@click.option(
    "--wait",
    default=0.0,
    metavar="SECONDS",
    help="Wait that long for another run to let go of a host.",
)
def command(runs: tuple[str, ...], **given: Any) -> int:
    """Put back what RUN changed, on all of its hosts; the newest run if none is given.

    Several are put back newest first, up to the first that is not put back whole. What somebody
    edited since is kept: an unrelated edit is merged, a related one is a conflict, which is shown
    and left as it is.
    """
    from hardener.cli.ask import secrets_from

    secrets = secrets_from(given)
    wanted: list[str | None] = [*sorted(runs, reverse=True)]
    for run in wanted or [None]:
        code = put_back(run, given, secrets)
        if code:
            return code
    return 0


def put_back(run: str | None, given: dict[str, Any], secrets: Secrets) -> int:
    """Roll one run back on its hosts; return the exit code."""
    from hardener.cli.reach import reach
    from hardener.fleet import outcome, records
    from hardener.report import reporter

    where = reach(run, given, secrets)
    undo = records.new_run_id()
    fields = {"target": where.run, "run": undo, "dry_run": given["dry_run"],
              "force": list(given["force"]), "only": list(given["only"]), "wait": given["wait"]}  # fmt: skip
    with reporter(given["style"], diff=given["diff"] or given["dry_run"]) as report:
        report.stage = "preview" if given["dry_run"] else "apply"
        statuses = where.each(report, lambda session: session.do("rollback", **fields))
        if not given["dry_run"]:
            records.save(where.record(undo, "rollback", statuses, time.time()))
            if not given["only"]:
                records.note(where.run, {h: s for h, s in statuses.items() if s == "rolled back"})
        report.recap(statuses, "")
    # Here «rolled back» is what was asked for.
    return outcome.exit_code({h: "ok" if s == "rolled back" else s for h, s in statuses.items()})
