"""An audit as data: one finding for each step and host, gathered from the events of a run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hardener.dataclass import dataclass, field
from hardener.events import Event
from hardener.report.base import Reporter
from hardener.report.lines import visible

STATUSES = ("ok", "differs", "unknown", "unseen", "failed", "skipped", "not applicable", "off")


@dataclass(frozen=True)
class Trouble:
    """An error as a host or the way to it told it."""

    what: str
    where: str = ""
    why: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


@dataclass(frozen=True)
class Difference:
    """A resource that is otherwise than the step wants it."""

    resource: str
    action: str
    diff: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """A resource that is as the step wants it: how it is, in lines; or one line of a file, by its number."""

    resource: str
    state: tuple[str, ...]
    line: int = 0


@dataclass(frozen=True)
class About:
    """What the playbook says of a step: why it is there, and what could break by it."""

    why: str = ""
    risk: str = ""


@dataclass(frozen=True)
class Finding:
    """How one host compares with one step; `file` is as the playbook was named, lines count from 1."""

    host: str
    play: str
    title: str
    type: str
    status: str
    file: str
    line: int
    column: int
    controls: tuple[str, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    why: str
    error: Trouble | None
    about: About = About()
    seen: tuple[Seen, ...] = ()

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def summary(self) -> str:
        """Say in one line what is to be known beside the step's title."""
        if self.error and self.status != "differs":
            return str(self.error)
        changes = ", ".join(f"{each.action} {each.resource}" for each in self.differences)
        return changes or self.why

    def details(self) -> list[str]:
        """Return the lines that show all of it."""
        lines = []
        for each in self.differences:
            lines += [f"{each.action} {each.resource}", *("  " + line for line in each.diff)]
        if self.error:
            lines += [str(self.error), *self.error.why.splitlines()]
            lines += [f"hint: {self.error.hint}"] if self.error.hint else []
        return [*lines, self.why] if self.why else lines


@dataclass
class HostAudit:
    """What is known of one host; `status` is the worst of it."""

    name: str
    status: str = "ok"
    findings: list[Finding] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)  # that are of no step

    def counts(self) -> dict[str, int]:
        found = Counter(finding.status for finding in self.findings)
        return {status: found[status] for status in STATUSES}


@dataclass
class Audit:
    """All of it; times are seconds since 1970."""

    playbook: str
    exit_code: int = 0
    exit_meaning: str = ""
    began: float = field(default_factory=time.time)
    ended: float = 0.0
    hosts: list[HostAudit] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        return [finding for host in self.hosts for finding in host.findings]


class Gathering(Reporter):
    """Gathers an audit, and passes every event on to those who print it as it happens."""

    def __init__(self, audit: Audit, shown: Sequence[Reporter]) -> None:
        super().__init__()
        self.audit = audit
        self._shown = shown
        self._play = ""
        self._hosts: dict[str, HostAudit] = {}

    def show(self, event: Event) -> None:
        for each in self._shown:
            each.show(event)
        method: Callable[[Event], None] | None = getattr(self, f"on_{event.name}", None)
        if method:
            method(event)

    def on_play(self, event: Event) -> None:
        self._play = visible(event.data["name"])
        for name in event.data["hosts"]:
            self._host(name)

    def on_step(self, event: Event) -> None:
        self._host(event.host).findings.append(finding(event, self._play))

    def on_error(self, event: Event) -> None:
        if error := trouble(event.data):
            self._host(event.host).troubles.append(error)

    def on_done(self, event: Event) -> None:
        if error := trouble(event.data["error"]):
            self._host(event.host).troubles.append(error)

    def recap(self, statuses: Mapping[str, str], run: str, again: str = "") -> None:
        for each in self._shown:
            each.recap(statuses, run, again)
        for name, status in statuses.items():
            self._host(name).status = status
        self.audit.hosts = sorted(self._hosts.values(), key=lambda host: host.name)
        self.audit.ended = time.time()

    def end(self) -> None:
        for each in self._shown:
            each.end()

    def _host(self, name: str) -> HostAudit:
        return self._hosts.setdefault(name, HostAudit(visible(name)))


def finding(event: Event, play: str) -> Finding:
    """Return what a host said of a step, with all control characters made visible."""
    data = event.data
    file, line, column = place(data["where"])
    return Finding(
        visible(event.host), play, visible(data["title"]), visible(data["type"]),
        data["status"] if data["status"] in STATUSES else "failed",
        file, line, column,
        tuple(map(visible, data["controls"])),
        tuple(map(difference, data["changes"])),
        tuple(map(visible, data["notes"])),
        visible(" ".join(filter(None, (data["why"], data["because"])))),
        trouble(data["error"]),
        About(**{name: visible(text) for name, text in data.get("about", {}).items()}),
        tuple(map(seen, data.get("seen", ()))),
    )  # fmt: skip


def seen(each: Mapping[str, Any]) -> Seen:
    return Seen(visible(each["resource"]), tuple(map(visible, each["state"])), each["line"])


def difference(change: Mapping[str, Any]) -> Difference:
    lines = tuple(map(visible, change["diff"]))
    return Difference(visible(change["resource"]), visible(change["action"]), lines)


def trouble(error: Mapping[str, Any] | None) -> Trouble | None:
    """Return an error, the lines of its reason kept."""
    if not error:
        return None
    what, where, why, hint = (error.get(key) or "" for key in ("what", "where", "why", "hint"))
    reason = "\n".join(map(visible, why.splitlines()))
    return Trouble(visible(what), visible(where), reason, visible(hint))


def place(where: str) -> tuple[str, int, int]:
    """Split `file:line:column`; where a host says something else, it is the first line of that."""
    file, *numbers = where.rsplit(":", 2)
    if len(numbers) < 2 or not all(each.isdecimal() for each in numbers):
        return visible(where), 1, 1
    line, column = (max(1, int(each)) for each in numbers)
    return visible(file), line, column
