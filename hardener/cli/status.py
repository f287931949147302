"""`harden status`: how a run stands on each of its hosts."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli import complete
from hardener.cli.options import host_options


@click.command()
@click.argument("run", required=False, shell_complete=complete.runs)
@host_options
def command(run: str | None, **given: Any) -> int:
    """Ask each host of RUN how it stands there; without RUN: the newest.

    It is `applied`, `rolled back`, `unconfirmed` with the time left, `unfinished` where it broke off,
    or was not begun. With `-i` or `--root` and no RUN, each host tells its own newest run.
    """
    from hardener.cli.reach import reach
    from hardener.fleet import outcome
    from hardener.report import reporter

    where = reach(run, given, every=True)
    with reporter(given["style"], diff=False) as report:
        statuses = where.each(report, lambda session: session.do("status", run=where.run))
        report.recap(statuses, "")
    return outcome.exit_code({h: "ok" if s == "rolled back" else s for h, s in statuses.items()})
