"""What a host is, as a playbook: asked of the host, then proved by an audit of that playbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hardener.ansible.source import Tagged
from hardener.ansible.writing import Entries, Entry, document, sentence
from hardener.connect import Connector
from hardener.dataclass import dataclass, replace
from hardener.events import Report
from hardener.fleet.audit import AuditRun
from hardener.fleet.hosts import inventory_for, select
from hardener.fleet.options import Options
from hardener.fleet.session import Session
from hardener.fleet.undo import each_host
from hardener.playbook import read_playbook
from hardener.playbook.templates import has_template
from hardener.report.audit.findings import Audit, Finding, Gathering


@dataclass(frozen=True)
class Step:
    """One step; `finding` is how the host compares with it, `left` why there is none."""

    name: str
    type: str
    params: dict[str, Any]
    finding: Finding | None = None
    left: str = ""

    @property
    def proved(self) -> bool:
        return not self.left and (self.finding is None or self.finding.status == "ok")

    @property
    def why(self) -> str:
        """Return why it is left out."""
        return self.left or (self.finding and (self.finding.summary() or self.finding.status)) or ""


def steps_of(
    host: str, parts: Sequence[str], options: Options, connector: Connector, report: Report
) -> tuple[dict[str, str], list[Step]]:
    """Ask a host; return {host: status} and what it told."""
    told: list[Step] = []

    def ask(session: Session) -> str:
        events = session.ask({"do": "capture", "parts": list(parts)})
        told.extend(_step(event) for event in events if "captured" in event["event"])
        return "ok"

    select(inventory_for(options, patient=True), host, options)  # says so where there is none
    users = {host: ("root",)} if options.become is not False else {}
    return each_host(options, [host], connector, report, ask, users), told


def proved(steps: Sequence[Step], host: str, options: Options, connector: Connector) -> list[Step]:
    """Compare the host with the playbook of these steps; each says then whether it finds nothing to do."""
    left = [step for step in steps if step.left]
    steps = [step for step in steps if not step.left]
    audit = Audit("capture")
    with TemporaryDirectory() as folder, Gathering(audit, []) as report:
        path = Path(folder) / "playbook.yml"
        path.write_text(playbook(host, steps, become=options.become), "utf-8")
        inventory = inventory_for(options, None)
        with AuditRun(read_playbook(path), inventory, options, connector, report, "capture") as run:
            report.recap(run.go(dry_run=True), "")
    found = [finding for each in audit.hosts for finding in each.findings]
    return [*(replace(s, finding=f) for s, f in zip(steps, found, strict=True)), *left]


def _step(event: dict[str, Any]) -> Step:
    left = event.get("left", "")
    return Step(event["name"], event.get("type", ""), event.get("params", {}), left=left)


def playbook(host: str, steps: Sequence[Step], *, become: bool | None) -> str:
    """Write the playbook; a step that the host does not fulfil stands there as a comment."""
    head = {"name": f"As {host} is", "hosts": host, "become": become is not False}
    play = Entry({**head, "steps": Entries(_entries(steps))}, "")
    return document(Entries([play]), [], [])


def _entries(steps: Sequence[Step]) -> Iterator[Entry]:
    for step in steps:
        if step.proved:
            yield Entry({"name": step.name, step.type: _plain(step.params)}, "")
        elif step.why:
            yield Entry(None, "", sentence(f"left out: {step.name}: {step.why}"))


def _plain(value: Any) -> Any:
    """Keep what a host said from being read as a template."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, str) and has_template(value):
        unsafe = Tagged(value)
        unsafe.tag = "!unsafe"
        return unsafe
    return value
