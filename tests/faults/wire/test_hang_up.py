"""A controller that goes away in the middle: nothing is left half done, and nobody is waited for (F3, D15)."""

import json
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from faults.wire.site import Site
from tree import listing
from until import until

from hardener.host.door.system import System
from hardener.host.wire.frames import Frames
from hardener.host.wire.loop import Conversation

STEPS = 250


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    site.host("honest", root=str(site.folder / "root"))
    site.play(*(f"file: {{path: /etc/new-{n}, content: new}}" for n in range(STEPS)))
    return site


def at_work(site: Site, *words: str) -> "subprocess.Popen[str]":
    """Start an apply and wait until it has changed something."""
    started = site.start("apply", "play.yml", "-i", "hosts.json", "--format", "jsonl", *words)
    assert started.stdout
    for line in started.stdout:
        if '"stage": "apply"' in line and '"number": 5' in line:
            return started
    raise AssertionError("it has changed nothing")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda how: how.name)
def test_a_host_puts_back_what_its_controller_has_left(site: Site, how: signal.Signals) -> None:
    before = listing(site.folder / "root")
    started = at_work(site)
    begun = time.monotonic()
    started.send_signal(how)
    started.communicate(timeout=20)
    assert started.returncode == (130 if how == signal.SIGINT else -how)
    assert time.monotonic() - begun < 10
    history = lambda: site.harden("history", "-i", "hosts.json").stdout  # noqa: E731
    until(lambda: "rolled back" in history() or "applied" in history())
    assert "rolled back" in history()
    assert listing(site.folder / "root") == before
    assert "recover" not in site.harden("apply", "play.yml", "-i", "hosts.json").stdout


def test_nothing_is_begun_for_who_has_hung_up() -> None:
    """What is written to them seems to arrive at first, and the last step would be done by then."""
    own, theirs = socket.socketpair()
    with own, own.makefile("rb") as reader, own.makefile("wb") as writer:
        host = Conversation(Frames(reader, writer), System("/"))
        assert host.tell({"event": "started"})
        theirs.close()
        assert not host.tell({"event": "started"})


@pytest.mark.parametrize("named", [True, False])
def test_a_host_needs_no_controller_that_remembers(site: Site, named: bool) -> None:
    """F32: the record here is lost, or it is another machine; the host has all that it needs."""
    before = listing(site.folder / "root")
    assert site.harden("apply", "play.yml", "-i", "hosts.json").returncode == 0
    (run,) = (each["run"] for each in told(site, "history") if each["event"] == "run")
    shutil.rmtree(site.folder / "state")
    (site.folder / "play.yml").unlink()
    assert site.harden("rollback", *([run] if named else []), "-i", "hosts.json").returncode == 0
    assert listing(site.folder / "root") == before


def told(site: Site, word: str) -> list[dict[str, Any]]:
    said = site.harden(word, "-i", "hosts.json", "--format", "jsonl").stdout
    return [json.loads(line) for line in said.splitlines()]


def test_ctrl_c_does_not_wait_for_a_host_that_says_nothing(site: Site) -> None:
    """Not even who it is."""
    site.evil("mute")
    started = site.start("apply", "play.yml", "-i", "hosts.json", "--limit", "mute")
    until(lambda: (site.folder / "mute.says").exists())
    started.send_signal(signal.SIGINT)
    _, stderr = started.communicate(timeout=10)
    assert started.returncode == 130
    assert stderr.endswith("interrupted\n")


def test_ctrl_c_once_more_does_not_wait_for_a_host_that_says_nothing_of_its_play(
    site: Site,
) -> None:
    """Whether a step of it is under way nobody knows, so the first one waits."""
    site.evil("silent")
    started = site.start("apply", "play.yml", "-i", "hosts.json", "--limit", "silent")
    until(lambda: (site.folder / "silent.says-play").exists())
    started.send_signal(signal.SIGINT)
    assert started.stderr
    assert "Ctrl-C once more stops at once" in started.stderr.readline()
    assert started.poll() is None
    started.send_signal(signal.SIGINT)
    _, stderr = started.communicate(timeout=10)
    assert started.returncode == 130
    assert stderr.endswith("interrupted\n")
