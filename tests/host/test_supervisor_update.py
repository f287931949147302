"""What a real supervisord's programs do when an update restarts them, and what they must not."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from killing import DEATH, in_child
from supervised import Site, alive, kill, sites, wait

from hardener.host.supervisor.update import Update

OPTIONS = {"options": {"startretries": 5}}


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    with sites(tmp_path) as site:
        yield site


@pytest.fixture
def site(make: Callable[..., Site]) -> Site:
    return make()


def test_one_that_was_started_by_hand_runs_again(site: Site) -> None:
    """It has autostart=false, so supervisor itself would leave it stopped."""
    site.program("job", "autostart=false\n")
    site.program("idle", "autostart=false\n")
    site.start()
    site.call("startProcess", "job")
    before = site.pids()
    assert site.host.play(site.step(programs="*", **OPTIONS)) == "changed", site.host.errors()
    assert site.states() == {"job": "RUNNING", "idle": "STOPPED"}
    assert site.pids()["job"] != before["job"]
    assert site.host.rollback() == "rolled back", site.host.events
    assert site.states() == {"job": "RUNNING", "idle": "STOPPED"}


def test_what_somebody_stopped_is_not_started(site: Site) -> None:
    web, _ = site.program("web"), site.program("other")
    site.start()
    site.call("stopProcess", "web")
    before = site.pids()
    call = site.step(programs="*", **OPTIONS)
    assert site.host.play(call, dry_run=True) == "pending"
    assert "supervisord will restart other" in site.host.notes()
    assert any("web was stopped by hand" in note for note in site.host.notes())
    assert site.host.play(call) == "changed", site.host.errors()
    assert site.states() == {"web": "STOPPED", "other": "RUNNING"}
    assert site.pids()["other"] != before["other"]
    assert "startretries=5" in web.read_text()
    assert site.host.play(call) == "ok"
    assert site.host.rollback() == "rolled back", site.host.events
    assert site.states() == {"web": "STOPPED", "other": "RUNNING"}


def test_fewer_processes_of_one_that_was_started_by_hand(site: Site) -> None:
    many = "process_name=%(program_name)s_%(process_num)d\nnumprocs=3\nautostart=false\n"
    site.program("job", many)
    site.start()
    site.call("startProcessGroup", "job")
    call = site.step(programs="job", options={"numprocs": 2})
    assert site.host.play(call) == "changed", site.host.errors()
    assert site.states() == {"job_0": "RUNNING", "job_1": "RUNNING"}
    assert site.host.rollback() == "rolled back"
    assert site.states() == {"job_0": "RUNNING", "job_1": "RUNNING", "job_2": "STOPPED"}


STUBBORN = """\
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep({}), sys.exit(0)))
open(sys.argv[1], "w").write("ready")
time.sleep(600)
"""


def stubborn(site: Site, seconds: float, more: str = "") -> None:
    (site.folder / "stubborn.py").write_text(STUBBORN.format(seconds))
    ready = site.folder / "run/ready"
    site.program("slow", more, f"{sys.executable} {site.folder}/stubborn.py {ready}")
    site.start()
    wait(ready.exists)


def test_one_that_is_being_stopped_just_now_is_left_alone(site: Site) -> None:
    stubborn(site, 2)
    site.call("stopProcess", "slow", False)
    assert site.states()["slow"] == "STOPPING"
    assert site.host.play(site.step(programs="*", **OPTIONS)) == "changed", site.host.errors()
    assert any("slow was stopped by hand" in note for note in site.host.notes())
    wait(lambda: site.states()["slow"] == "STOPPED")


def test_one_that_takes_its_time_to_stop_is_waited_for(site: Site) -> None:
    """For as long as its options say, which may be longer than any answer of supervisord may take."""
    stubborn(site, 2, "stopwaitsecs=100\n")
    assert site.host.play(site.step(programs="*", **OPTIONS)) == "changed", site.host.errors()
    assert site.states() == {"slow": "RUNNING"}


def test_one_in_backoff(site: Site) -> None:
    site.program("broken", "startretries=100\nstartsecs=1\n", "/bin/false")
    site.start(wait_for_programs=False)
    wait(lambda: site.states()["broken"] == "BACKOFF")
    call = site.step(program={"name": "broken", "state": "absent"})
    assert site.host.play(call) == "changed", site.host.errors()
    assert site.states() == {}


def test_one_in_backoff_is_mended(site: Site) -> None:
    site.program("broken", "startretries=100\nstartsecs=1\n", "/bin/false")
    site.start(wait_for_programs=False)
    wait(lambda: site.states()["broken"] == "BACKOFF")
    call = site.step(programs="broken", options={"command": "/bin/sleep 600"})
    assert site.host.play(call) == "changed", site.host.errors()
    assert site.states() == {"broken": "RUNNING"}


@pytest.mark.parametrize("dies", ["when it is asked", "when it is killed"])
def test_the_update_that_asks_for_it_leaves_no_orphan(site: Site, dies: str) -> None:
    site.family("web", "stopwaitsecs=1\n", deaf=dies == "when it is killed")
    site.start()
    orphan = site.child("web")
    (site.folder / "run/web.child").unlink()
    call = site.step(programs="*", options={"stopasgroup": True, "killasgroup": True})
    assert site.host.play(call) == "changed", site.host.errors()
    gone = not alive(orphan)
    kill(orphan)
    assert gone


def test_groups_restart_one_after_the_other(site: Site) -> None:
    """While one is stopped the others run: nobody waits for the slowest."""
    for name in ("a", "b"):
        site.program(name)
    site.start()
    log = site.folder / "run/supervisord.log"
    seen = len(log.read_text())
    assert site.host.play(site.step(programs="*", **OPTIONS)) == "changed", site.host.errors()
    found = re.findall(r"(stopped|spawned): '?(\w)", log.read_text()[seen:])
    assert found == [("stopped", "a"), ("spawned", "a"), ("stopped", "b"), ("spawned", "b")]


def test_a_child_that_wants_to_outlive_its_parent_may(site: Site) -> None:
    """Without stopasgroup it is none of ours."""
    site.family("web")
    site.start()
    orphan = site.child("web")
    assert site.host.play(site.step(programs="*", **OPTIONS)) == "changed", site.host.errors()
    assert alive(orphan)
    kill(orphan)


METHODS = ["stopProcessGroup", "removeProcessGroup", "addProcessGroup"]


@pytest.mark.parametrize("method", METHODS)
def test_killed_in_an_update_nothing_is_left_stopped(site: Site, method: str) -> None:
    """What we have stopped ourselves is not taken for stopped by hand."""
    three_programs(site)
    assert not in_child(lambda: play(dying_at(site, method)))
    assert site.states().get("a") != "RUNNING" or method == "addProcessGroup"
    site.host.engine().recover("run-999")
    assert_as_before(site)


@pytest.mark.parametrize("method", METHODS)
def test_killed_in_the_update_of_a_rollback_neither(site: Site, method: str) -> None:
    three_programs(site)
    assert play(site) == "changed", site.host.errors()
    assert not in_child(lambda: dying_at(site, method).host.rollback())
    assert site.states().get("a") != "RUNNING" or method == "addProcessGroup"
    assert site.host.rollback() == "rolled back", site.host.events
    assert_as_before(site)


def three_programs(site: Site) -> None:
    """Start `a` and `b`, and one that somebody has stopped."""
    for name in ("a", "b", "rests"):
        site.program(name)
    site.start()
    site.call("stopProcess", "rests")


def play(site: Site) -> str:
    return site.host.play(site.step(programs="*", **OPTIONS))


def dying_at(site: Site, method: str) -> Site:
    """From now on this process dies after supervisord was told so."""
    call = Update.call

    def dies(update: Update, what: str, *arguments: Any) -> Any:
        told = call(update, what, *arguments)
        if what == method:
            wait(lambda: site.states().get("a") != "STOPPING")
            os._exit(DEATH)
        return told

    Update.call = dies  # type: ignore[method-assign]
    return site


def assert_as_before(site: Site) -> None:
    wait(lambda: "STARTING" not in site.states().values())
    assert site.states() == {"a": "RUNNING", "b": "RUNNING", "rests": "STOPPED"}
    assert [c["startretries"] for c in site.call("getAllConfigInfo")] == [3, 3, 3]
