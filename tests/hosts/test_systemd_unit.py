"""Unit files, drop-ins and timers on booted hosts, by their real systemd."""

from typing import Any

import pytest
from inside import Inside
from sandbox import step

SECTIONS = {
    "Service": {"ExecStart": "/usr/local/bin/app", "Restart": "on-failure"},
    "Install": {"WantedBy": "multi-user.target"},
}
PROGRAM = step(
    "file", 1, path="/usr/local/bin/app", content="#!/bin/sh\nexec sleep 1000\n", mode="0755"
)


@pytest.fixture
def inside(any_host: Any) -> Inside:
    return Inside(any_host)


def etc(inside: Inside) -> dict[str, Any]:
    return {p: h for p, h in inside.host.hash().items() if p.lstrip("/").startswith(("etc", "usr"))}


def show(inside: Inside, unit: str, *what: str) -> list[str]:
    """The properties in the order in which they are asked for."""
    script = ";".join(f"systemctl show -p {each} --value {unit}" for each in what)
    return [line for line in inside.host.sh(script).splitlines() if line]


def test_a_unit_whose_program_comes_before_it(inside: Inside) -> None:
    """Previewed although nothing of it is there; started; changed; all of it undone."""
    before = etc(inside)
    calls = [
        PROGRAM,
        step("systemd_unit", 2, name="app", sections=SECTIONS, enabled=True, running=True),
    ]
    assert inside.play(*calls, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert etc(inside) == before
    assert inside.play(*calls) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert show(inside, "app", "ActiveState", "UnitFileState") == ["active", "enabled"]
    assert inside.play(*calls) == "ok", inside.changes("preview")
    more = {**SECTIONS, "Service": {**SECTIONS["Service"], "Nice": 5}}
    assert inside.play(step("systemd_unit", name="app", sections=more)) == "changed", (
        inside.errors()
    )
    assert (
        "app.service runs on as it was until it is restarted: a handler can do that"
        in inside.notes()
    )
    assert show(inside, "app", "Nice", "NeedDaemonReload") == ["5", "no"]
    assert inside.rollback() == "rolled back", inside.trouble()
    assert show(inside, "app", "Nice", "NeedDaemonReload") == ["0", "no"]
    assert inside.rollback() == "rolled back", inside.trouble()
    assert show(inside, "app", "ActiveState", "LoadState") == ["inactive", "not-found"]
    assert etc(inside) == before


def test_a_unit_goes_and_comes_back(inside: Inside) -> None:
    inside.play(
        PROGRAM, step("systemd_unit", 2, name="app", sections=SECTIONS, enabled=True, running=True)
    )
    before = etc(inside)
    gone = step("systemd_unit", name="app", state="absent")
    inside.foretold(gone)
    assert show(inside, "app", "ActiveState", "LoadState") == ["inactive", "not-found"]
    assert inside.play(gone) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert show(inside, "app", "ActiveState", "UnitFileState") == ["active", "enabled"]
    assert etc(inside) == before


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ({"Service": {"ExecStart": "/nowhere/app"}}, "Command /nowhere/app is not executable"),
        ({"Service": {"ExecStart": "/bin/true", "NoNewPrivilege": True}}, "Unknown key"),
        ({"Service": {"ExecStart": "/bin/true", "Nice": "much"}}, "parse nice priority"),
        ({"Servce": {"ExecStart": "/bin/true"}}, "Unknown section"),
        ({"Service": {"Type": "simple"}}, "has no ExecStart="),
    ],
    ids=["program", "option", "value", "section", "nothing"],
)
def test_what_systemd_would_pass_over_is_refused(host: Any, sections: Any, why: str) -> None:
    inside = Inside(host)
    assert (
        inside.play(step("systemd_unit", name="app", sections=sections), dry_run=True) == "refused"
    )
    assert why in inside.errors(), inside.errors()
    assert "/etc/systemd/system/app.service" in inside.errors()
    assert not inside.host.exists("/etc/systemd/system/app.service")


def test_a_drop_in_for_a_service_of_others(inside: Inside) -> None:
    before = etc(inside)
    wrong = {"Service": {"ProtectHom": True}}
    assert inside.play(step("systemd_unit", name="cron", drop_in="x", sections=wrong)) == "refused"
    assert "cron.service.d/x.conf:2: Unknown key" in inside.errors()
    right = step(
        "systemd_unit", name="cron", drop_in="x", sections={"Service": {"ProtectHome": True}}
    )
    inside.foretold(right)
    assert show(inside, "cron", "ProtectHome", "NeedDaemonReload") == ["yes", "no"]
    assert inside.play(right) == "ok", inside.changes("preview")
    gone = step("systemd_unit", name="cron", drop_in="x", state="absent")
    assert inside.play(gone) == "changed", inside.errors()
    assert show(inside, "cron", "ProtectHome") == ["no"]
    assert etc(inside) == before
    assert inside.rollback() == "rolled back", inside.trouble()
    assert show(inside, "cron", "ProtectHome") == ["yes"]
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (show(inside, "cron", "ProtectHome"), etc(inside)) == (["no"], before)


def test_a_timer_starts_its_service(inside: Inside) -> None:
    before = etc(inside)
    wish = step(
        "systemd_timer",
        name="job",
        command="/bin/touch /run/ran",
        on_calendar="*:*:*",
        accuracy="1s",
    )
    inside.foretold(wish)
    inside.host.sh("timeout 30 sh -c 'until test -e /run/ran; do sleep 0.2; done'")
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.play(step("systemd_timer", name="job", state="absent")) == "changed", (
        inside.errors()
    )
    assert etc(inside) == {**before, **{p: h for p, h in etc(inside).items() if p not in before}}
    assert show(inside, "job.timer", "LoadState") == ["not-found"]
    assert inside.rollback() == "rolled back", inside.trouble()
    assert show(inside, "job.timer", "ActiveState") == ["active"]
    assert inside.rollback() == "rolled back", inside.trouble()
    assert show(inside, "job.timer", "ActiveState", "LoadState") == ["inactive", "not-found"]
    assert etc(inside) == before


def test_a_time_that_never_comes_is_refused(host: Any) -> None:
    inside = Inside(host)
    for words, why in (("2001-01-01", "it never comes"), ("nevery", "Failed to parse calendar")):
        wish = step("systemd_timer", name="job", command="/bin/true", on_calendar=words)
        assert inside.play(wish, dry_run=True) == "refused"
        assert why in inside.errors(), inside.errors()
