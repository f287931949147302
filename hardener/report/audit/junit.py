"""An audit as JUnit XML: a test suite for each host, a test case for each step.

Written for what Jenkins' xUnit plugin takes (its junit-10.xsd), which is narrower than others.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from hardener.report.audit.controls import STATUSES, Evidence, controls, evidence
from hardener.report.audit.findings import Audit, Finding, HostAudit

WORDS = {"differs": "failure", "failed": "error", "unseen": "error"}
WORDS |= dict.fromkeys(("unknown", "skipped", "not applicable", "off"), "skipped")


def render(audit: Audit) -> str:
    top = ET.Element("testsuites", name=audit.playbook)
    for host in audit.hosts:
        top.append(_suite(host, audit))
    for name in ("tests", "failures", "errors"):
        top.set(name, str(sum(int(suite.get(name, "0")) for suite in top)))
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, "unicode") + "\n"


def _suite(host: HostAudit, audit: Audit) -> ET.Element:
    """The trouble of a host that is of no step is a test case of its own."""
    cases = [_case(finding) for finding in host.findings]
    for trouble in host.troubles:
        case = ET.Element("testcase", name="reach the host", classname=host.name)
        lines = [str(trouble), trouble.why, trouble.hint and f"hint: {trouble.hint}"]
        _add(case, "error", host.status, str(trouble), list(filter(None, lines)))
        cases.append(case)
    began = datetime.fromtimestamp(audit.began, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.Element("testsuite", name=host.name, hostname=host.name, timestamp=began)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    suite.extend([*_properties(host, audit), *cases])
    return suite


def _properties(host: HostAudit, audit: Audit) -> list[ET.Element]:
    """What each control came to on this host, and how many of each standard came to what."""
    found = [(each, on) for each in controls(audit) for on in each.hosts if on.host == host.name]
    told = [
        (f"control {each.id}", ": ".join(filter(None, (on.status, on.reason))))
        for each, on in found
    ]
    for standard in sorted({each.standard for each, _ in found}):
        counts = Counter(on.status for each, on in found if each.standard == standard)
        words = [f"{counts[status]} {status}" for status in STATUSES if counts[status]]
        told.append((f"standard {standard}", ", ".join(words)))
    if not told:
        return []
    top = ET.Element("properties")
    for name, value in told:
        ET.SubElement(top, "property", name=name, value=value)
    return [top]


def _case(finding: Finding) -> ET.Element:
    """A case keeps its name when lines move: servers follow it from run to run."""
    name, kind = finding.title, f"{finding.host}.{finding.type}"
    case = ET.Element("testcase", name=name, classname=kind)
    if finding.controls:
        case.set("group", ", ".join(finding.controls))
    if tag := WORDS.get(finding.status):
        _add(case, tag, finding.status, finding.summary(), finding.details())
    told = [finding.where, *(f"control: {control}" for control in finding.controls)]
    told += [f"note: {note}" for note in finding.notes]
    told += [f"{word}: {text}" for word, text in vars(finding.about).items() if text]
    told += [line for each in evidence(finding) if not each.differs for line in _found(each)]
    ET.SubElement(case, "system-out").text = "\n".join(told)
    return case


def _found(evidence: Evidence) -> list[str]:
    return [f"found: {evidence.place}", *(f"  {line}" for line in evidence.found)]


def _add(case: ET.Element, tag: str, type: str, message: str, lines: list[str]) -> None:
    ET.SubElement(case, tag, type=type, message=message).text = "\n".join(lines)
