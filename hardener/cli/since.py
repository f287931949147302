"""Everything since a time: which runs that is, on which hosts, as the hosts remember it."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Mapping
from typing import Any

from hardener.cli.connectors import Connectors
from hardener.cli.reach import Reach, reach
from hardener.dataclass import replace
from hardener.errors import UsageError
from hardener.events import Report
from hardener.fleet import records
from hardener.fleet.session import Session

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
AGO = re.compile(r"(?:\d+[smhdw])+")


def moment(text: str) -> float:
    """Return the time that `2h`, `1d12h` or an ISO time means, in seconds since 1970."""
    if AGO.fullmatch(text):
        parts = re.findall(r"(\d+)([smhdw])", text)
        return time.time() - sum(int(number) * UNITS[unit] for number, unit in parts)
    try:
        return dt.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as error:
        hint = "`2h`, `1d12h`, `2026-11-25` or `2026-11-25T21:30`"
        raise UsageError(f"--since: {text!r} is no time", hint=hint) from error


def runs_since(
    at: float, given: dict[str, Any], connectors: Connectors, report: Report
) -> tuple[list[Reach], Mapping[str, str]]:
    """Return the runs that began since and stand, newest first, each with its hosts; and how asking went."""
    where = _hosts_since(at, given, connectors)
    found: dict[str, list[str]] = {}

    def ask(session: Session) -> str:
        for event in session.ask({"do": "history"}):
            if event["event"] == "run" and _stands(event, at):
                found.setdefault(event["run"], []).append(session.name)
        return "ok"

    statuses = where.each(report, ask)
    newest = sorted(found, reverse=True)
    return [_of(where, run, found[run]) for run in newest], statuses


def _of(where: Reach, run: str, hosts: list[str]) -> Reach:
    """Go the same way for one of the runs: its hosts, its playbook."""
    record = records.find(run, undone=True)
    playbook = record.playbook if record else ""
    return replace(where, run=run, names=tuple(sorted(hosts)), playbook=playbook)


def _stands(run: Mapping[str, Any], at: float) -> bool:
    return (
        (run["at"] or 0) >= at
        and run["what"] != "rollback"
        and bool(run["standing"])
        and "removed" not in run
    )


def _hosts_since(at: float, given: dict[str, Any], connectors: Connectors) -> Reach:
    """Take the hosts of all runs since that this machine knows of; `-i` and `--root` override it."""
    where = reach(None, given, connectors, every=True)
    if given["inventory"] or given["root"]:
        return where
    known = [record for record in records.every() if record.at >= at and record.stands]
    ways = {(record.inventory, record.root) for record in known}
    if len(ways) > 1:
        raise UsageError(
            "the runs since then went by several inventories", hint="name one of them with -i"
        )
    if not known:
        return where
    newest = reach(known[0].run, given, connectors)
    return replace(newest, names=tuple({host: 0 for record in known for host in record.changed}))
