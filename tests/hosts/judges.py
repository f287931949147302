"""What outside judges say of a booted host: Lynis and OpenSCAP on it, ssh-audit from the controller."""

import base64
import gzip
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from lab.host import Host
from lab.session import Lab

SSH_AUDIT = Path(sys.executable).with_name("ssh-audit")


@dataclass(frozen=True)
class Lynis:
    """`index` is of 100; a suggestion is `TEST-ID|text`."""

    version: str
    index: int
    suggestions: list[str]
    warnings: list[str]


def lynis(host: Host) -> Lynis:
    """Have the Lynis of the host's own Debian look at it; what it writes is removed."""
    host.sh("lynis audit system --quick --no-colors > /dev/null 2>&1 || true", timeout=1200)
    report = host.read("/var/log/lynis-report.dat")
    host.sh("rm -f /var/log/lynis.log /var/log/lynis-report.dat")
    found = dict(re.findall(r"^(lynis_version|hardening_index)=(.*)$", report, re.MULTILINE))
    return Lynis(
        found["lynis_version"],
        int(found["hardening_index"]),
        re.findall(r"^suggestion\[\]=(.*)$", report, re.MULTILINE),
        re.findall(r"^warning\[\]=(.*)$", report, re.MULTILINE),
    )


def ssh_audit(lab: Lab, host: Host) -> dict[str, list[str]]:
    """Return what it calls `fail` and `warn` of sshd's algorithms, each as `name: note`."""
    done = lab.controller([SSH_AUDIT, "--json", "--skip-rate-test", host.address])
    told = json.loads(done.stdout)
    offered = [each for part in ("kex", "key", "enc", "mac") for each in told[part]]
    return {
        level: [
            f"{each['algorithm']}: {note}"
            for each in offered
            for note in each.get("notes", {}).get(level, [])
        ]
        for level in ("fail", "warn")
    }


def hand(host: Host, file: Path) -> None:
    """Lay a file into root's home; it is large, and the way may be slow."""
    small = base64.b64encode(gzip.compress(file.read_bytes())).decode("ascii")
    host.run(["sh", "-ec", 'base64 -d | gunzip > "$1"', "sh", f"/root/{file.name}"], input=small)


MANY = re.MULTILINE | re.DOTALL
PROFILE = "xccdf_org.ssgproject.content_profile_cis_level1_server"
TAILORING = Path(__file__).resolve().parents[2] / "docs/cis-tailoring.xml"
TAILORED = "xccdf_hardener_profile_cis_level1_server"


def openscap(host: Host, content: Path, tailored: bool = False) -> dict[str, list[str]]:
    """Return {result: rules} of CIS level 1 for servers; `content` is a data stream of ComplianceAsCode.

    Tailored, the rules are those of the ways that the baseline takes where CIS offers several.
    """
    words = f"--profile {PROFILE}"
    if tailored:
        words = f"--profile {TAILORED} --tailoring-file /root/{TAILORING.name}"
    given = (content, TAILORING)
    for file in given:
        hand(host, file)
    try:
        told = host.sh(f"oscap xccdf eval {words} /root/{content.name} || true", timeout=1800)
    finally:
        host.run(["rm", *(f"/root/{file.name}" for file in given)])
    found: dict[str, list[str]] = {}
    for rule, result in re.findall(r"^Rule\s+\S*content_rule_(\S+).*?^Result\s+(\w+)$", told, MANY):
        found.setdefault(result, []).append(rule)
    return found
