"""Questions to hosts that change nothing: history, show, diff, facts."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli.reach import reach
from hardener.fleet import outcome
from hardener.fleet.session import Session
from hardener.report import reporter


def ask_hosts(run: str | None, given: dict[str, Any], word: str, *, diff: bool = False) -> int:
    """Ask every host and render its answer; return the exit code."""
    every = word in ("history", "snapshots")
    where = reach(run, given, every=every, of_run=word != "facts")
    heard: list[dict[str, Any]] = []
    fields = {"run": where.run or ""} if word in ("show", "diff") else {}

    def ask(session: Session) -> str:
        heard.extend(session.ask({"do": word, **fields}, report=True))
        return "ok"

    with reporter(given["style"], diff=diff) as report:
        statuses = where.each(report, ask)
    if word == "history" and not heard and set(statuses.values()) == {"ok"}:
        click.echo("no run is remembered there", err=True)
    return outcome.exit_code(statuses)
