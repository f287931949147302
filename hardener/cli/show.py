"""`harden show`: every change of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hardener.cli import complete
from hardener.cli.options import host_options

if TYPE_CHECKING:
    from hardener.fleet.plan import Plan


@click.command()
@click.argument("run", shell_complete=complete.runs)
@host_options
def command(run: str, **given: Any) -> int:
    """Show every change of RUN with what was before, what came after, and whether it stands.

    RUN may be a plan that `harden plan` has written.
    """
    from hardener.cli.words import ask_hosts
    from hardener.fleet import plan

    if plan.is_plan(Path(run)):
        return _show(plan.read(Path(run)), given["style"])
    return ask_hosts(run, given, "show", diff=True)


def _show(plan: Plan, style: str) -> int:
    from hardener.report import reporter

    with reporter(style, diff=True) as report:
        report.stage = "preview"
        plan.replay(report)
        report.recap(plan.statuses, "")
    return 0
