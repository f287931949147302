"""The droplet's supervisord, with all its programs, on booted hosts."""

from typing import Any

import pytest
from inside import Inside
from lab.droplet import CONFIG
from sandbox import step


@pytest.fixture
def inside(any_droplet: Any) -> Inside:
    return Inside(any_droplet)


def status(inside: Inside) -> dict[str, list[str]]:
    """{program: [state, pid]}."""
    told = inside.host.run(["supervisorctl", "-c", CONFIG, "status"], check=False).stdout
    lines = [line.split() for line in told.splitlines()]
    return {
        words[0]: [words[1], words[3].rstrip(",") if words[1] == "RUNNING" else ""]
        for words in lines
    }


def test_children_of_every_program_are_stopped_with_it(inside: Inside) -> None:
    options = {"startretries": 3, "stopasgroup": True, "killasgroup": True}
    before, files = (
        status(inside),
        inside.host.sh("cat /home/trader/trading-system/backend/supervisord.conf"),
    )
    call = step("supervisor", config=CONFIG, programs="*", options=options)
    assert inside.play(call, dry_run=True) == "pending", inside.errors()
    assert status(inside) == before
    assert inside.play(call) == "changed", inside.errors()
    after = status(inside)
    assert {name: state for name, (state, _) in after.items()} == {
        n: s for n, (s, _) in before.items()
    }
    assert inside.play(call) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.events
    assert inside.host.sh("cat /home/trader/trading-system/backend/supervisord.conf") == files
    assert {name: state for name, (state, _) in status(inside).items()} == {
        n: s for n, (s, _) in before.items()
    }


def test_one_program_alone_restarts(inside: Inside) -> None:
    before = status(inside)
    call = step("supervisor", config=CONFIG, programs="main_app", options={"stopwaitsecs": 33})
    assert inside.play(call) == "changed", inside.errors()
    after = status(inside)
    assert "supervisord will restart main_app" in inside.notes()
    assert [name for name in after if after[name] != before[name]] == ["main_app"]
