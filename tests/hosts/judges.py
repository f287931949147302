"""What outside judges say of a booted host: Lynis and OpenSCAP on it, ssh-audit from the controller."""

import base64
import gzip
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lab.host import Host
from lab.newest import newest
from lab.session import Lab

# What Debian lays into three folders, as Lynis's own archive has it, which runs where it lies.
PARTS = ("etc/lynis", "usr/share/lynis", "usr/sbin/lynis")
LAYOUT = "--transform=s:^usr/sbin/lynis$:lynis/lynis:;s:^etc/::;s:^usr/share/::"
UNPACK = "base64 --decode | tar --gzip --extract --directory=/root"
SSH_AUDIT = Path(sys.executable).with_name("ssh-audit")


@dataclass(frozen=True)
class Lynis:
    """`index` is of 100; a suggestion is `TEST-ID|text`."""

    version: str
    index: int
    suggestions: list[str]
    warnings: list[str]


def lynis(host: Host) -> Lynis:
    """Have Debian's newest Lynis look at it, from a folder of its own; all it brings and writes is removed."""
    root = newest("lynis")
    laid = ["tar", "--gzip", "--create", f"--directory={root}", LAYOUT, *PARTS]
    packed = subprocess.run(laid, check=True, capture_output=True).stdout
    host.run(["sh", "-ec", UNPACK], input=base64.b64encode(packed).decode("ascii"))
    host.sh(
        "cd /root/lynis && ./lynis audit system --quick --no-colors > /dev/null 2>&1 || true",
        timeout=1200,
    )
    report = host.read("/var/log/lynis-report.dat")
    host.sh("rm -rf /root/lynis /var/log/lynis.log /var/log/lynis-report.dat")
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


def openscap(host: Host, content: Path) -> dict[str, list[str]]:
    """Return {result: rules} of CIS level 1 for servers; `content` is a data stream of ComplianceAsCode."""
    hand(host, content)
    try:
        words = f"--profile {PROFILE} /root/{content.name}"
        told = host.sh(f"oscap xccdf eval {words} || true", timeout=1800)
    finally:
        host.run(["rm", f"/root/{content.name}"])
    found: dict[str, list[str]] = {}
    for rule, result in re.findall(r"^Rule\s+\S*content_rule_(\S+).*?^Result\s+(\w+)$", told, MANY):
        found.setdefault(result, []).append(rule)
    return found


def tailored(results: dict[str, list[str]]) -> dict[str, list[str]]:
    """Leave out the rules of the ways that the baseline does not take, where CIS offers several."""
    out = re.findall(r'idref="\S*content_rule_(\S+)" selected="false"', TAILORING.read_text())
    return {result: [r for r in rules if r not in out] for result, rules in results.items()}
