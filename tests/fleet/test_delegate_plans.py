"""What is done elsewhere in plans, audits and limits, and what is remembered of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fleet.delegating import BREAKS, HEAD, OUT, OWN, THERE, Delegating

from hardener.fleet.audit import AuditRun
from hardener.fleet.plan import Plan

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def fleet(tmp_path: Path) -> Delegating:
    return Delegating(tmp_path)


def planned(fleet: Delegating, text: str) -> Plan:
    plan = Plan("20260101-000000-aaaaaa", str(fleet.folder / "play.yml"), {})
    with fleet.work(text, plan=plan, dry_run=True) as run:
        run.go(dry_run=True)
    plan.holds = True
    return plan


def test_a_plan_holds_for_what_is_done_elsewhere(fleet: Delegating) -> None:
    text = HEAD + OWN + OUT
    plan = planned(fleet, text)
    assert [change["resource"] for change in next(iter(plan.hosts["lb"].values()))["changes"]] == [
        "file:/etc/out"
    ]
    assert fleet.go(text, plan=plan) == {"a": "changed", "lb": "changed"}
    assert fleet.go(text, plan=plan)["lb"] == "refused", "a plan is applied once"


def test_a_plan_refuses_a_delegate_that_has_moved(fleet: Delegating) -> None:
    text = HEAD + OWN + OUT
    plan = planned(fleet, text)
    (fleet.folder / "lb/etc/out").write_text("other")
    assert fleet.go(text, plan=plan) == {"a": "refused", "lb": "refused"}
    assert "file:/etc/out: has changed since" in fleet.why("lb")["why"]
    assert fleet.text("a", "own") is None


def test_an_audit_compares_the_delegate(fleet: Delegating) -> None:
    def audit() -> dict[str, str]:
        text = HEAD + OWN + OUT + THERE.replace("and '('", "or 'x'") % ""
        with fleet.work(text, AuditRun, dry_run=True, looks_only=True) as run:
            return dict(run.go(dry_run=True))

    assert audit() == {"a": "differs", "lb": "differs"}
    assert ("lb", "take it out (for a)", "differs") in fleet.steps("audit")
    assert ("a", "take it out", "skipped") in fleet.steps("audit")
    assert fleet.trees() == fleet.before
    assert not (fleet.folder / "lb/var").exists()


def test_a_limit_does_not_keep_the_delegate_out(fleet: Delegating) -> None:
    text = (HEAD + OUT).replace("hosts: a", "hosts: all")
    assert fleet.go(text, limit="a") == {"a": "ok", "lb": "changed"}


def test_what_went_wrong_elsewhere_keeps_no_host_from_its_own_part(fleet: Delegating) -> None:
    breaks = BREAKS.replace("line: x}", "line: x}, when: inventory_hostname == 'a'").rstrip()
    text = HEAD.replace("hosts: a", "hosts: a:b") + OUT + OWN + breaks + "\n"
    found = fleet.go(text + "- hosts: lb\n  steps:\n" + OWN)
    assert found == {"a": "rolled back", "b": "changed", "lb": "rolled back"}
    assert fleet.text("lb", "own")
    assert (fleet.text("lb", "out") or "").startswith("b ")


def test_a_rollback_of_the_run_goes_to_the_delegate_too(fleet: Delegating) -> None:
    fleet.go(HEAD + OUT + OWN)
    assert fleet.begun.hosts == {"a": "changed", "lb": "changed"}
    about = json.loads(
        (fleet.folder / "lb/var/lib/hardener/runs/20260101-000000-aaaaaa/run.json").read_text()
    )
    assert about["what"] == "apply"
    assert fleet.undo() == {"a": "rolled back", "lb": "rolled back"}
    assert fleet.trees() == fleet.before
