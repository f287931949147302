"""`harden apply`: a playbook on its hosts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from hardener.cli import complete
from hardener.cli.options import host_options, play_options, play_options_from, playbook_argument
from hardener.dataclass import replace
from hardener.errors import UsageError

INTERRUPTED = 130
OWN = ("dry_run", "wait", "confirm", "confirm_within", "profile")


@click.command()
@playbook_argument
@host_options
@play_options
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
@click.option("--profile", is_flag=True, help="Say in the end where the time went.")
@click.option(
    "--retry-failed",
    metavar="RUN",
    shell_complete=complete.runs,
    help="Only the hosts that did not come through in this run, or were not begun.",
)
@click.pass_context
def command(ctx: click.Context, /, playbook: Path, **given: Any) -> int:
    """Change hosts as PLAYBOOK says, or just as a plan that `harden plan` has written.

    On a terminal the preview is shown first and you are asked; `--yes` does not ask.
    Everything that changes is kept on the host first: `harden rollback` puts it back.
    """
    from hardener.cli.ask import at_terminal, flags
    from hardener.cli.connectors import Connectors
    from hardener.connect import Laps
    from hardener.fleet import outcome, records
    from hardener.fleet.plan import is_plan
    from hardener.fleet.run import PlaybookRun
    from hardener.report import reporter

    begun, laps = time.process_time(), Laps()
    plan = _planned(playbook, given) if is_plan(playbook) else None
    playbook = Path(plan.playbook) if plan else playbook
    options = play_options_from(given, **{key: given[key] for key in OWN})
    _same_variables(plan, options)
    options, book, inventory = _read(playbook, given["retry_failed"], options, laps)
    asked = not (given["dry_run"] or given["yes"] or plan) and at_terminal()
    connector = Connectors(given).by(options.executor)
    run = plan.run if plan else records.new_run_id()
    remember = _remember(run, playbook, options)
    with (
        reporter(given["style"], given["diff"] or given["dry_run"] or asked, flags(given)) as report,
        PlaybookRun(
            book, inventory, options, connector, report, run, remember, plan,
        ) as work,
    ):  # fmt: skip
        _say_what_it_took(options, report, {"import": begun, **laps.took})
        if asked and not _agreed(work, report):
            return outcome.exit_code(work.statuses, given["detailed_exitcode"])
        report.stage, report.held = "preview" if given["dry_run"] else "apply", plan is not None
        statuses = _go(work, given["dry_run"])
        if not given["dry_run"]:
            remember(work.begun, work.left)
        undo = run if work.begun.can_be_undone() else ""
        report.recap(statuses, undo, _again(work, playbook, report))
    code = outcome.exit_code(statuses, given["detailed_exitcode"])
    return INTERRUPTED if work.stopping.is_set() else code


def _go(work: Any, dry_run: bool) -> dict[str, str]:
    from hardener.fleet.rollout.interrupt import interruptible

    try:
        with interruptible(work.stop):
            return dict(work.go(dry_run=dry_run))
    except KeyboardInterrupt:
        if work.begun.hosts:
            told = f"`harden status {work.run}` tells how every host stands, and"
            click.echo(f"{told} `--retry-failed {work.run}` goes on", err=True)
        raise


def _agreed(work: Any, report: Any) -> bool:
    """Show the preview, and ask whether to go on if there is something to do."""
    from hardener.cli.ask import go_on

    report.stage = "preview"
    statuses = work.go(dry_run=True)
    if "pending" in statuses.values() and go_on("Apply these changes?"):
        return True
    report.recap(statuses, "")
    return False


def _again(work: Any, playbook: Path, report: Any) -> str:
    """Return how to go on with the hosts that are left of several."""
    every, left = {host.name for each in work.plays for host in each.hosts}, set(work.left)
    if report.stage == "preview" or not left or len(every) == 1:
        return ""
    begun = len(
        {name for each in work.plays for name, one in each.ready.items() if one.status} & left
    )
    words = [f"{begun} did not come through"] if begun else []
    words += [f"{len(left) - begun} not begun"] if len(left) > begun else []
    return f"harden apply {playbook} --retry-failed {work.run}{report.flags}  ({', '.join(words)})"


def _say_what_it_took(options: Any, report: Any, parts: dict[str, float]) -> None:
    from hardener.events import Event

    if options.profile:
        report(Event("took", "", {"parts": parts}))


def _read(playbook: Path, retry: str | None, options: Any, laps: Any) -> tuple[Any, Any, Any]:
    """Read the playbook and the inventory; `retry` limits it to what is left of a run."""
    from hardener.cli.book import read
    from hardener.fleet.hosts import inventory_for

    left = _left(retry, options) if retry else None
    options = left.as_before(options) if left else options
    book = read(playbook, options)
    inventory = inventory_for(options, playbook.parent)
    options = left.only(options, inventory) if left else options
    laps.end("read")
    return options, book, inventory


def _left(run: str, options: Any) -> Any:
    from hardener.cli.retry import Left

    if options.limit:
        raise UsageError("--limit and --retry-failed both say which hosts", hint="give one of them")
    return Left(run)


def _planned(path: Path, given: dict[str, Any]) -> Any:
    """Read a plan; its options count, beside those that only say how it is carried out."""
    from hardener.fleet.plan import read

    plan, narrower = read(path), given["limit"]
    given |= {
        key: tuple(each) if isinstance(each, list) else each for key, each in plan.given.items()
    }
    if narrower:
        given["limit"] = f"{given['limit']}:&{narrower}" if given["limit"] else narrower
    return plan


def _same_variables(plan: Any, options: Any) -> None:
    if plan and set(plan.extra_vars) != set(options.extra_vars):
        names = ", ".join(plan.extra_vars) or "none"
        raise UsageError(f"the plan was made with other variables by -e: {names}")


def _remember(run: str, playbook: Path, options: Any) -> Any:
    """Return what keeps the record of this run current; one that changed nothing leaves none.

    A plan may be carried out host by host: what it did before stands.
    """
    from hardener.fleet import records
    from hardener.fleet.begun import NOTHING_LEFT
    from hardener.vault.keyring import KEYS

    sources = tuple(str(Path(s).absolute()) if Path(s).exists() else s for s in options.inventory)
    found = records.Record(
        run, "apply", str(playbook.absolute()), time.time(), sources, _absolute(options.root),
        options.user, _absolute(options.identity_file), _absolute(options.ssh_config),
        vault=KEYS.lasting(), executor=options.executor,
    )  # fmt: skip
    found = records.find(run) or found

    def remember(begun: Any, failed: Sequence[str]) -> None:
        left = {h: word for h, word in begun.hosts.items() if word not in NOTHING_LEFT}
        hosts = {**begun.hosts, **found.hosts, **left}
        if set(hosts.values()) <= {"ok", "refused"} and not failed:
            records.forget(run)
        else:
            users = {**begun.users, **found.users}
            records.save(replace(found, hosts=hosts, users=users, failed=tuple(failed)))

    return remember


def _absolute(path: str | None) -> str | None:
    return str(Path(path).expanduser().absolute()) if path else None
