"""An audit as SARIF 2.1.0: what differs, failed or was not seen, at the line of its step.

Section numbers are those of the standard: docs.oasis-open.org/sarif/sarif/v2.1.0.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from hardener import __version__
from hardener.report.audit.as_json import by_control, moment
from hardener.report.audit.findings import Audit, Finding

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# Only what fails has a level (3.27.10); of the other kinds tells 3.27.9.
KINDS = {
    "differs": {"kind": "fail", "level": "warning"},
    "failed": {"kind": "fail", "level": "error"},
    "unseen": {"kind": "open", "level": "none"},
    "not applicable": {"kind": "notApplicable", "level": "none"},
    "off": {"kind": "notApplicable", "level": "none"},
}


def render(audit: Audit) -> str:
    run = {
        "tool": {"driver": _driver(audit)},
        "invocations": [_invocation(audit)],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(audit)),
        # A result for what passes would be an alert to code scanning: so by the bag of 3.8.
        "properties": by_control(audit),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _driver(audit: Audit) -> dict[str, Any]:
    rules = {rule_id(finding): _rule(finding) for finding in reversed(audit.findings)}
    driver = {"name": "hardener", "semanticVersion": __version__}
    return {**driver, "rules": [rules[id] for id in sorted(rules)]}


def rule_id(finding: Finding) -> str:
    """Name the rule that a step is: its type and its title."""
    slug = re.sub(r"[\W_]+", "-", finding.title.lower()).strip("-")
    return f"{finding.type}/{slug}"


def _rule(finding: Finding) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": rule_id(finding),
        "shortDescription": {"text": finding.title},
        "fullDescription": {"text": f"{finding.play}: {finding.title} ({finding.type})"},
    }
    about = [f"{word.capitalize()}: {text}" for word, text in vars(finding.about).items() if text]
    if about:
        rule["help"] = {"text": "\n".join(about)}
    tags = list(dict.fromkeys(finding.controls))
    return {**rule, "properties": {"tags": tags}} if tags else rule


def _invocation(audit: Audit) -> dict[str, Any]:
    """Hosts that could not be looked at are notifications: they say nothing of any step."""
    told = [
        {"level": "error", "message": {"text": f"{host.name}: {trouble}"}}
        for host in audit.hosts
        for trouble in host.troubles
    ]
    return {
        "executionSuccessful": not told,
        "exitCode": audit.exit_code,
        "exitCodeDescription": audit.exit_meaning,
        "startTimeUtc": moment(audit.began),
        "endTimeUtc": moment(audit.ended),
        "toolExecutionNotifications": told,
    }


def _results(audit: Audit) -> Iterator[dict[str, Any]]:
    index = {rule["id"]: at for at, rule in enumerate(_driver(audit)["rules"])}
    seen: Counter[str] = Counter()
    for finding in audit.findings:
        same = json.dumps([finding.host, finding.play, finding.type, finding.title])
        seen[same] += 1
        if finding.status in KINDS:
            rule = rule_id(finding)
            fingerprint = _digest(f"{same} {seen[same]}")
            yield {"ruleId": rule, "ruleIndex": index[rule], **_result(finding, fingerprint)}


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    text = "\n".join([f"{finding.host}: {finding.title}: {finding.summary()}", *finding.details()])
    region = {"startLine": finding.line, "startColumn": finding.column}
    # Whoever turned it off has said why: 3.27.23, 3.35.
    off = {"suppressions": [{"kind": "external", "justification": finding.why}]}
    return {
        **KINDS[finding.status],
        **(off if finding.status == "off" else {}),
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": artifact(finding.file), "region": region},
                "logicalLocations": [{"name": finding.host, "kind": "resource"}],
            }
        ],
        # The second is what code scanning of GitHub tells alerts apart by.
        "partialFingerprints": {
            "hardenerStep/v1": fingerprint,
            "primaryLocationLineHash": fingerprint,
        },
        "properties": {
            "host": finding.host,
            "status": finding.status,
            "resources": [each.resource for each in finding.differences],
            "controls": list(finding.controls),
        },
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


def artifact(file: str) -> dict[str, str]:
    """Name a file relative to this folder, where it lies below it (3.4.3, 3.4.4)."""
    path, here = Path(file).absolute(), Path.cwd()
    normal = PurePath(re.sub(r"/(\./)+", "/", str(path)))
    if normal.is_relative_to(here) and ".." not in normal.parts:
        return {"uri": quote(str(normal.relative_to(here))), "uriBaseId": "%SRCROOT%"}
    return {"uri": Path(file).resolve().as_uri()}
