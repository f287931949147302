"""An audit as one JSON document; schemas/audit.json says what is in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hardener import __version__
from hardener.dataclass import asdict
from hardener.report.audit.controls import Control, OnHost, controls, coverage
from hardener.report.audit.findings import Audit, Finding, HostAudit

VERSION = 1  # of this form: more members may come without another number


def render(audit: Audit) -> str:
    return json.dumps(document(audit), indent=1) + "\n"


def document(audit: Audit) -> dict[str, Any]:
    """Return it as plain data."""
    return {
        "version": VERSION,
        "hardener": __version__,
        "playbook": audit.playbook,
        "began": moment(audit.began),
        "ended": moment(audit.ended),
        "exit_code": audit.exit_code,
        "hosts": [_host(host) for host in audit.hosts],
        **by_control(audit),
    }


def by_control(audit: Audit) -> dict[str, Any]:
    """Return each control with its evidence, and how far each standard is fulfilled."""
    return {
        "controls": [_control(each) for each in controls(audit)],
        "coverage": [{"standard": each.standard, **each.counts} for each in coverage(audit)],
    }


def _control(control: Control) -> dict[str, Any]:
    head = {"control": control.id, "standard": control.standard, "status": control.status}
    return {**head, "hosts": [_on_host(each) for each in control.hosts]}


def _on_host(found: OnHost) -> dict[str, Any]:
    return {
        "host": found.host,
        "status": found.status,
        "reason": found.reason,
        "steps": [finding.where for finding in found.findings],
        "evidence": [{"place": each.place, **asdict(each)} for each in found.evidence],
    }


def moment(at: float) -> str:
    """Write a time as RFC 3339 has it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _host(host: HostAudit) -> dict[str, Any]:
    return {
        "host": host.name,
        "status": host.status,
        "counts": host.counts(),
        "errors": [asdict(each) for each in host.troubles],
        "steps": [_step(finding) for finding in host.findings],
    }


def _step(finding: Finding) -> dict[str, Any]:
    fields = asdict(finding)
    del fields["host"]
    return fields
