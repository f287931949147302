"""`harden rollback`: put back what a run changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from hardener.cli import complete
from hardener.cli.options import host_options
from hardener.errors import HardenerError, UsageError

if TYPE_CHECKING:
    from hardener.cli.connectors import Connectors
    from hardener.cli.reach import Reach


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
    "-s",
    "--step",
    "steps",
    multiple=True,
    metavar="STEP",
    help="Only what this step changed: its title, or its number in the play.",
)
@click.option(
    "-t",
    "--tags",
    multiple=True,
    shell_complete=complete.tags_of_run,
    help="Only what steps with these tags changed.",
)
@click.option(
    "--since",
    metavar="TIME",
    help="All runs that began since: `2h`, `1d12h` ago, or `2026-11-25T21:30`; by the hosts' clocks.",
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
    and left as it is. Where a later run, or a step that is left, made something else of it, nothing
    is put back. A rollback is a run: rolled back, it does again what was undone.
    """
    from hardener.cli.connectors import Connectors
    from hardener.cli.reach import reach

    if runs and given["since"]:
        raise UsageError("RUN and --since are two ways to say the same", hint="give one of them")
    connectors = Connectors(given)
    if given["since"]:
        return since(given, connectors)
    wanted: list[str | None] = [*sorted(runs, reverse=True)]
    return in_turn((reach(run, given, connectors) for run in wanted or [None]), given)


def since(given: dict[str, Any], connectors: Connectors) -> int:
    """Roll back all that was done since, unless a host does not tell what that is."""
    from hardener.cli.since import moment, runs_since
    from hardener.fleet import outcome
    from hardener.report import reporter

    at = moment(given["since"])
    with reporter(given["style"], diff=False) as report:
        found, statuses = runs_since(at, given, connectors, report)
    if outcome.exit_code(statuses):
        click.echo("nothing was put back: a host did not tell its runs", err=True)
        return outcome.exit_code(statuses)
    if not found:
        raise HardenerError(f"no run since {given['since']} has something to undo")
    return in_turn(found, given)


def in_turn(places: Iterable[Reach], given: dict[str, Any]) -> int:
    """Roll back one after the other, newest first; a dry run takes the ones before as undone."""
    undone: list[str] = []
    for where in places:
        code = put_back(where, given, undone)
        if code:
            return code
        undone += [where.run] if where.run else []
    return 0


def put_back(where: Reach, given: dict[str, Any], undone: Sequence[str]) -> int:
    """Roll one run back on its hosts; return the exit code."""
    from hardener.cli.ask import flags
    from hardener.events import Event
    from hardener.fleet import outcome, records
    from hardener.report import reporter

    undo = records.new_run_id()
    choice = chosen(given)
    fields = {"target": where.run, "run": undo, "dry_run": given["dry_run"], "undone": list(undone),
              "force": list(given["force"]), "choice": choice, "wait": given["wait"]}  # fmt: skip
    with reporter(given["style"], given["diff"] or given["dry_run"], flags(given)) as report:
        report.stage = "preview" if given["dry_run"] else "apply"
        if where.run:
            report(Event("rollback", "", {"of": where.run, "playbook": where.playbook}))
        statuses = where.each(report, lambda session: session.do("rollback", **fields))
        if not given["dry_run"]:
            records.save(where.record(undo, records.reverse(where.run), statuses, time.time()))
            if not choice:
                records.note(where.run, {h: s for h, s in statuses.items() if s == "rolled back"})
        whole = "rolled back" in statuses.values() and not given["dry_run"]
        report.recap(statuses, undo if whole else "", _again(where.run, statuses, report.flags))
    # Here «rolled back» is what was asked for.
    return outcome.exit_code({h: "ok" if s == "rolled back" else s for h, s in statuses.items()})


def _again(run: str | None, statuses: Mapping[str, str], asked: str) -> str:
    """Return how to go on where hosts were away."""
    return f"harden rollback {run}{asked}" if run and "unreachable" in statuses.values() else ""


def chosen(given: dict[str, Any]) -> dict[str, list[str]]:
    """Return the choice of a part of a run as a host takes it; empty for all of it."""
    tags = [word.strip() for text in given["tags"] for word in text.split(",")]
    parts = {"only": [*given["only"]], "steps": [*given["steps"]], "tags": [t for t in tags if t]}
    return {name: words for name, words in parts.items() if words}
