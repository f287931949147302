"""auditd: auditctl and auditd say what they refuse on booted hosts, and the machine's own kernel loads rules.

A booted host of the lab has a process namespace of its own, so its kernel lets it set no rules. What
is loaded is tried by a host that is not booted, in a chroot beside the machine's own processes.
"""

import json
import platform
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
import yaml
from inside import Inside
from lab.commands import run
from lab.host import Host
from lab.tree import SUITES
from sandbox import step

BASELINE = Path(__file__).resolve().parents[2] / "playbooks/baseline.yml"
FOLDER = "/etc/audit/rules.d"
FILE, COMPILED = f"{FOLDER}/60-hardener.rules", "/etc/audit/audit.rules"
RULES = [
    "-w /etc/passwd -p wa -k identity",
    "-a always,exit -S adjtimex,settimeofday -k time",
    "-a always,exit -S mount -F auid>=1000 -F auid!=unset -k mounts",
]


def etc(host: Host) -> Any:
    return {path: row for path, row in host.hash().items() if path.startswith("etc/audit")}


@pytest.fixture(params=SUITES)
def booted(make_host: Callable[..., Host], request: pytest.FixtureRequest) -> Inside:
    return Inside(make_host(suite=request.param, packages=["auditd"]))


@pytest.fixture(params=SUITES)
def beside(
    make_host: Callable[..., Host], kernel_turn: None, request: pytest.FixtureRequest
) -> Iterator[Inside]:
    """A host that is not booted, with the machine's processes: its auditctl speaks to the machine's kernel."""
    host = make_host(suite=request.param, packages=["auditd"], boot=False)
    run(["mount", "-t", "proc", "proc", host.root / "proc"])
    run(["mount", "--bind", "/dev", host.root / "dev"])
    said = host.sh("auditctl -s; auditctl -l", check=False)
    if "enabled 0" not in said or "No rules" not in said:
        needs.missing("needs a kernel that lets us set audit rules, and has none")
    yield Inside(host)
    host.sh("auditctl -D; auditctl -e 0; auditctl -b 64; auditctl --backlog_wait_time 15000")


def listed(inside: Inside) -> list[str]:
    lines = inside.host.sh("auditctl -l").splitlines()
    return [line for line in lines if line != "No rules"]


def test_it_does_not_apply_where_the_kernel_lets_no_rules_be_set(booted: Inside) -> None:
    before = etc(booted.host)
    wish = step("auditd", rules=RULES)
    assert booted.play(wish) == "refused"
    assert "this host's kernel lets no audit rules be set from here" in booted.errors()
    wish["calls"][0]["if_possible"] = True
    assert booted.play(wish) == "ok", booted.errors()
    assert etc(booted.host) == before


def test_files_alone(booted: Inside) -> None:
    host, before = booted.host, etc(booted.host)
    wish = step("auditd", rules=RULES, immutable=True, live=False, options={"max_log_file": 32})
    assert booted.play(wish, dry_run=True) == "pending", booted.errors()
    predicted = booted.changes("preview")
    assert predicted == [
        f"create file:{FILE}",
        "change file:/etc/audit/auditd.conf",
        "change audit_reload:auditd",
        f"change file:{COMPILED}",
    ]
    assert etc(host) == before
    assert booted.play(wish) == "changed", booted.errors()
    assert booted.changes("apply") == predicted
    assert "No change" in host.sh("augenrules --check"), "augenrules would make another file"
    lines = host.read(COMPILED).splitlines()
    assert "-a always,exit -F arch=b32 -S adjtimex,settimeofday -k time" in lines
    assert [line for line in lines if line][-1] == "-e 2"
    assert "max_log_file = 32" in host.read("/etc/audit/auditd.conf")
    assert booted.play(wish) == "ok", booted.changes("preview")
    play = {"number": 0, "name": "play", "steps": [wish]}
    assert booted._order("audit", play) == "ok", booted.changes("audit")
    host.sh(f"echo >> {COMPILED}")
    assert booted._order("audit", play) == "differs", "an audit has it compiled too"
    host.sh(f"sed -i '$d' {COMPILED}")
    assert booted.rollback() == "rolled back", booted.trouble()
    assert etc(host) == before


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("-a always,exit -F arch=b64 -S umount -k m", "Syscall name unknown: umount"),
        ("-a always,exit -F arch=b64 -S mount -F uid=nobody-here -k m", "Unknown user"),
        ("-a allways,exit -F arch=b64 -S mount", "bad keyword"),
        ("-w etc/passwd -p wa", "must start with"),
        ("--no-such-option", "--no-such-option"),
    ],
)
def test_rules_that_auditctl_refuses(booted: Inside, rule: str, why: str) -> None:
    before = etc(booted.host)
    for at, rules in enumerate([[rule, RULES[0]], [RULES[0], rule]], 1):
        assert booted.play(step("auditd", rules=rules, live=False)) == "refused", at
        assert f"auditctl refuses the rule: {rule}" in booted.errors()
        assert f"{FILE}:{at}" in booted.errors()
        assert why in booted.errors()
    assert etc(booted.host) == before


def test_options_that_auditd_refuses(booted: Inside) -> None:
    before = etc(booted.host)
    for options, why in [
        ({"space_left": 10}, "must be larger than admin_space_left"),
        ({"disk_full_action": "explode"}, "explode"),
    ]:
        assert booted.play(step("auditd", options=options, live=False)) == "refused"
        assert "auditd refuses the new /etc/audit/auditd.conf" in booted.errors()
        assert why in booted.errors() and "staging" not in booted.errors()
    assert etc(booted.host) == before


def test_what_another_file_says_wrongly(booted: Inside) -> None:
    """The kernel would take nothing behind it: so the whole is tried, too."""
    booted.host.write(f"{FOLDER}/50-old.rules", "-a always,exit -F arch=b64 -S umount\n")
    assert booted.play(step("auditd", rules=RULES, live=False)) == "refused"
    assert "-S umount" in booted.errors() and COMPILED in booted.errors()


def test_loaded_there_and_back(beside: Inside) -> None:
    host, before = beside.host, etc(beside.host)
    assert listed(beside) == []
    wish = step("auditd", rules=RULES)
    assert beside.play(wish, dry_run=True) == "pending", beside.errors()
    predicted = beside.changes("preview")
    assert predicted[-1] == "change audit_load:kernel"
    assert listed(beside) == []
    assert beside.play(wish) == "changed", beside.errors()
    assert beside.changes("apply") == predicted
    assert len(listed(beside)) == 5, listed(beside)
    assert listed(beside)[0] == RULES[0]
    assert beside.play(wish) == "ok", beside.changes("preview")
    host.sh("auditctl -D")
    assert beside.play(wish) == "changed", "the kernel had lost them"
    assert beside.changes("apply") == ["change audit_load:kernel"]
    assert any("the kernel has 0 rules" in note for note in beside.notes())
    assert len(listed(beside)) == 5
    assert beside.rollback() == "rolled back", beside.trouble()
    assert len(listed(beside)) == 5
    assert beside.rollback() == "rolled back", beside.trouble()
    assert etc(host) == before
    assert listed(beside) == []


def test_a_lock_is_left_to_the_next_boot(beside: Inside) -> None:
    """Were it not, no rollback could load the earlier rules."""
    assert beside.play(step("auditd", rules=RULES[:1], immutable=True)) == "changed"
    assert "-e 2" in beside.host.read(COMPILED)
    assert "enabled 2" not in beside.host.sh("auditctl -s")
    assert len(listed(beside)) == 1
    assert beside.rollback() == "rolled back", beside.trouble()
    assert listed(beside) == []


def baseline() -> dict[str, Any]:
    """The step of the shipped baseline, with what its expressions come to on this machine."""
    (play,) = yaml.safe_load(BASELINE.read_text("utf-8"))
    (found,) = [each["auditd"] for each in play["steps"] if "auditd" in each]
    intel = platform.machine() == "x86_64"
    text = re.sub(
        r"\{\{ '([a-z,]*)' if intel else '' \}\}", r"\1" if intel else "", json.dumps(found)
    )
    assert "{{" not in text
    return step("auditd", **json.loads(text))


def test_the_rules_of_the_baseline(beside: Inside) -> None:
    """The kernel takes each of them, and each call is recorded for both widths."""
    wish = baseline()
    assert beside.play(wish) == "changed", beside.errors()
    rules = wish["calls"][0]["params"]["rules"]
    calls = [rule for rule in rules if " -S " in rule]
    assert len(listed(beside)) == len(rules) + len(calls)
    assert not any("other width" in note for note in beside.notes())
    assert beside.play(wish) == "ok", beside.changes("preview")
    assert beside.rollback() == "rolled back", beside.trouble()
    assert listed(beside) == []


LOCKED = """
from hardener.host.kinds.audit_load import AuditLoad
AuditLoad._status = lambda self: {"enabled": "2"}
"""


def test_where_they_are_locked_files_change_and_the_reader_is_told(beside: Inside) -> None:
    """As the kernel of a host says it; the machine's own must not be locked for a test."""
    wish = step("auditd", rules=RULES)
    assert beside.play(wish, before=LOCKED) == "changed", beside.errors()
    assert beside.changes("apply") == [f"create file:{FILE}", f"change file:{COMPILED}"]
    assert any("by a reboot alone" in note for note in beside.notes())
    assert listed(beside) == []
    assert beside.play(wish, before=LOCKED) == "ok", beside.changes("preview")


def test_a_rollback_where_they_are_locked_by_now_says_so(beside: Inside) -> None:
    """Files are back, the kernel is not: that is no whole rollback, and it can be resumed after a boot."""
    before = etc(beside.host)
    assert beside.play(step("auditd", rules=RULES)) == "changed", beside.errors()
    run_of = beside.run
    assert (
        beside._order("rollback", run_of, "run-locked", False, (), before=LOCKED) != "rolled back"
    )
    assert "locked until the next boot" in beside.trouble() + beside.errors()
    assert etc(beside.host) == before
    assert beside.rollback(run_of) == "rolled back", beside.trouble()
    assert listed(beside) == []


def test_what_the_kernel_refuses_is_undone(beside: Inside) -> None:
    """auditctl can read it, but the kernel watches one folder a rule."""
    before = etc(beside.host)
    two = "-a always,exit -F dir=/etc -F dir=/usr -F perm=wa -k two"
    assert beside.play(step("auditd", rules=[RULES[0], two])) == "rolled back"
    assert "the kernel did not take all rules" in beside.errors()
    assert etc(beside.host) == before
    assert listed(beside) == []
