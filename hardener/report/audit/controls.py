"""An audit by control: what each control of the playbook came to on each host, with the evidence.

A control is fulfilled where every step that carries it is `ok`; one step that is otherwise is enough
to say no. Steps that a host can't have, or that are turned off, say nothing where others speak.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from hardener.dataclass import dataclass
from hardener.report.audit.findings import Audit, Difference, Finding

STATUSES = ("fail", "not seen", "pass", "not applicable", "off")
"""Of several the first counts, of steps and of hosts."""
OF_STEPS = {
    "differs": "fail", "failed": "fail", "unseen": "not seen", "unknown": "not seen", "ok": "pass",
    "skipped": "not applicable", "not applicable": "not applicable", "off": "off",
}  # fmt: skip
HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)")


@dataclass(frozen=True)
class Evidence:
    """A resource as it was found; `line` is where it says so, 0 where that is no line of a file."""

    resource: str
    line: int
    found: tuple[str, ...]
    wanted: tuple[str, ...]
    differs: bool

    @property
    def place(self) -> str:
        """`file:line` of a file, or the resource."""
        kind, _, id = self.resource.partition(":")
        return f"{id}:{self.line}" if kind == "file" and self.line else self.resource


@dataclass(frozen=True)
class OnHost:
    """What a control came to on one host, by these steps."""

    host: str
    status: str
    findings: tuple[Finding, ...]

    @property
    def reason(self) -> str:
        """Why it is not fulfilled, was not seen, does not apply or is off."""
        said = [
            each.summary()
            for each in self.findings
            if OF_STEPS[each.status] == self.status and self.status != "pass"
        ]
        return "; ".join(dict.fromkeys(filter(None, said)))

    @property
    def evidence(self) -> list[Evidence]:
        return [each for finding in self.findings for each in evidence(finding)]


@dataclass(frozen=True)
class Control:
    """One control of a standard, on every host that was looked at."""

    id: str
    hosts: tuple[OnHost, ...]

    @property
    def standard(self) -> str:
        """The first word of its id."""
        return re.split(r"[- ]", self.id, maxsplit=1)[0]

    @property
    def status(self) -> str:
        """The worst of its hosts."""
        return worst([each.status for each in self.hosts])


@dataclass(frozen=True)
class Coverage:
    """How many controls of a standard came to what; the keys of `counts` are STATUSES."""

    standard: str
    counts: dict[str, int]


def controls(audit: Audit) -> list[Control]:
    """Return every control that the playbook names, by its id as people count."""
    found: dict[str, dict[str, list[Finding]]] = {}
    for finding in audit.findings:
        for id in dict.fromkeys(finding.controls):
            found.setdefault(id, {}).setdefault(finding.host, []).append(finding)
    return [
        Control(id, tuple(on_host(name, steps) for name, steps in found[id].items()))
        for id in sorted(found, key=counted)
    ]


def on_host(host: str, findings: Sequence[Finding]) -> OnHost:
    return OnHost(host, worst([OF_STEPS[each.status] for each in findings]), tuple(findings))


def coverage(audit: Audit) -> list[Coverage]:
    """Return how far each standard is fulfilled, of what the playbook names."""
    found: dict[str, Counter[str]] = {}
    for control in controls(audit):
        found.setdefault(control.standard, Counter())[control.status] += 1
    return [Coverage(name, {s: found[name][s] for s in STATUSES}) for name in sorted(found)]


def worst(statuses: Sequence[str]) -> str:
    return min(statuses, key=STATUSES.index)


def evidence(finding: Finding) -> Iterator[Evidence]:
    """Yield what differs, with what was found and what is wanted, and then what is as it should be."""
    for each in finding.differences:
        found = tuple(line[1:] for line in each.diff if line.startswith("-"))
        wanted = tuple(line[1:] for line in each.diff if line.startswith("+"))
        yield Evidence(each.resource, first_line(each), found, wanted, True)
    for seen in finding.seen:
        yield Evidence(seen.resource, seen.line, seen.state, (), False)


def first_line(difference: Difference) -> int:
    """Return where the first lines that differ stand, by the head and the context of a unified diff."""
    for at, line in enumerate(difference.diff):
        if head := HUNK.match(line):
            rest = difference.diff[at + 1 :]
            context = next((n for n, each in enumerate(rest) if each[:1] in ("-", "+")), 0)
            return max(1, int(head[1]) + context)
    return 0


def counted(id: str) -> list[tuple[int, int, str]]:
    """Sort 5.1.9 before 5.1.10."""
    parts = re.findall(r"\d+|\D+", id)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
