"""`harden snapshots`: what hosts keep to undo runs, and how it is removed."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli.options import host_options

LIMITS = ("keep", "max_size", "max_age")


@click.command()
@click.argument(
    "word", type=click.Choice(["list", "prune"]), default="list", metavar="[list|prune]"
)
@host_options
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Keep so many runs.")
@click.option("--max-size", metavar="SIZE", help="Keep so many bytes, such as 512M or 2G.")
@click.option("--max-age", metavar="AGE", help="Keep what is no older, such as 90d, 12h or 2w.")
@click.option(
    "-C", "--dry-run", is_flag=True, help="Show what would be removed, and remove nothing."
)
@click.option(
    "--wait",
    default=0.0,
    metavar="SECONDS",
    help="Wait that long for another run to let go of a host.",
)
def command(word: str, **given: Any) -> int:
    """List the runs that hosts can undo and what they keep for it, or remove the oldest (prune).

    `prune` goes by the limits that are given; without any, by those that a play has by itself (20
    runs, 2G, 90d). A run that is not confirmed, failed, is damaged or not rolled back whole is
    never removed, and neither is the newest that can be undone. Without -i: the hosts of the
    newest run.
    """
    from hardener.cli.words import ask_hosts

    limits = {name: given[name] for name in LIMITS if given[name] is not None}
    if word == "prune":
        return prune(budget(limits), given)
    if limits or given["dry_run"]:
        raise click.UsageError("limits and --dry-run are for `harden snapshots prune`")
    return ask_hosts(None, given, "snapshots")


def budget(limits: dict[str, Any]) -> dict[str, Any]:
    """Check the limits; without any, return those of a play."""
    from hardener.playbook.schemas import play_key
    from hardener.playbook.sentences import sentences

    schema = play_key("snapshots")
    for wrong in sentences(schema.errors(limits, strict=True), "prune"):
        (name,) = wrong.path
        option = f"--{name}".replace("_", "-")
        raise click.UsageError(wrong.what.replace(f"`{name}`", option, 1))
    return limits or dict(schema.fill({}))


def prune(limits: dict[str, Any], given: dict[str, Any]) -> int:
    """Remove what is over the limits on every host; return the exit code."""
    from hardener.cli.reach import reach
    from hardener.fleet import outcome
    from hardener.report import reporter

    where = reach(None, given, every=True)
    fields = {"budget": limits, "dry_run": given["dry_run"], "wait": given["wait"]}
    with reporter(given["style"], diff=True) as report:
        report.stage = "preview" if given["dry_run"] else "apply"
        statuses = where.each(report, lambda session: session.do("prune", **fields))
        report.recap(statuses, "")
    return outcome.exit_code(statuses)
