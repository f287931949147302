"""`--profile`: everybody says how long each part took, and what is said adds up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tree import lay

from hardener.events import Event
from hardener.report.profile import Profile

HARDEN = Path(sys.executable).with_name("harden")
PLAY = """\
- hosts: all
  steps:
    - name: Greet
      file: {path: /etc/motd, content: "hello\\n"}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    lay(tmp_path / "root", {})
    (tmp_path / "play.yml").write_text(PLAY)
    return tmp_path / "root"


def apply(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [HARDEN, "apply", root.parent / "play.yml", "--root", root, "--yes", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_every_part_is_told(root: Path) -> None:
    lines = apply(root, "--profile", "--format", "jsonl").stdout.splitlines()
    took = [event for event in map(json.loads, lines) if event["event"] == "took"]
    here = [part for event in took if not event.get("host") for part in event["parts"]]
    there = [part for event in took if event.get("host") for part in event["parts"]]
    assert here == ["import", "read"]
    for part in ("facts", "render", "preview", "convergence", "plan", "snapshot", "write", "prove"):
        assert there.count(part) == 1, part
    assert {event["title"] for event in took if "title" in event} == {"Greet"}
    assert all(seconds >= 0 for event in took for seconds in event["parts"].values())


def test_the_sum_is_printed_beside_the_results(root: Path) -> None:
    said = apply(root, "--profile")
    first, here, there, step = said.stderr.splitlines()
    assert first == "where the time went, in ms"
    assert "this machine  import " in here
    assert "localhost  start and send the code " in there
    assert "localhost  Greet  preview " in step
    assert "where the time went" not in said.stdout


def test_nobody_is_told_who_did_not_ask(root: Path) -> None:
    assert '"took"' not in apply(root, "--format", "jsonl").stdout
    assert not apply(root).stderr


def test_of_many_hosts_the_costliest_are_shown() -> None:
    profile = Profile()
    profile.add(Event("took", "", {"parts": {"import": 0.001}}))
    for number in range(100):
        profile.add(Event("took", f"h{number}", {"parts": {"login": number / 1000}}))
    said = list(profile.lines())
    assert "this machine" in said[1]
    assert [line.split()[1] for line in said[2:12]] == [f"h{99 - n}" for n in range(10)]
    assert said[12].split(maxsplit=1) == ["44.5", "90 more hosts, on average"]
