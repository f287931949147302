"""Snapshots on a booted host, over SSH with sudo: guarded runs, and the console's command."""

import json
from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import LEFT_OUT, Command
from faults.lockout.steps import file, reload, sshd
from lab.host import Host
from lab.session import Lab

STATE = "/var/lib/hardener"


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    made = Command(lab, host, tmp_path, user="ops")
    assert made("facts").returncode == 0
    return made


def apply(harden: Command, number: int, *options: str, keep: int = 2, **play: Any) -> str:
    """Run a play that changes one file; return what was said."""
    steps = play.pop("steps", [file("/etc/motd", f"{number}\n")])
    book = harden.playbook(*steps, snapshots={"keep": keep}, **play)
    done = harden("apply", str(book), *options)
    assert done.returncode in (0, 2), done.stdout + done.stderr
    return done.stdout


def runs(harden: Command) -> list[dict[str, Any]]:
    done = harden("snapshots", "--format", "jsonl")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return [event for event in events if event["event"] == "snapshot"]


def test_a_guarded_run_removes_only_once_it_is_confirmed(harden: Command, host: Host) -> None:
    for number in range(3):
        apply(harden, number, keep=20)
    before = host.hash(leave_out=LEFT_OUT)
    steps = sshd("MaxAuthTries 4")
    said = apply(harden, 0, "--confirm", "manual", "--confirm-within", "300", steps=steps,
                 handlers=reload("ssh"))  # fmt: skip
    assert "pruned" not in said
    assert [(r["status"], r["kept"]) for r in runs(harden)][-1] == (
        "unconfirmed",
        "it waits for its confirmation",
    )
    done = harden("snapshots", "prune", "--keep", "1")
    assert "3 older snapshots removed" not in done.stdout
    assert len(runs(harden)) == 2, done.stdout  # this one, and the newest before it
    done = harden("confirm")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [run["status"] for run in runs(harden)] == ["applied", "applied"]
    assert apply(harden, 9, keep=1).count("2 older snapshots removed") == 1
    assert harden("rollback").returncode == 0
    listed = host.run([f"{STATE}/undo", "--list"]).stdout
    assert listed.count("its snapshot was removed") == 4, listed
    gone = listed.split()[0]
    told = host.run([f"{STATE}/undo", gone], check=False)
    assert told.returncode == 1
    assert f"the snapshot of run {gone} was removed" in told.stderr
    assert "etc/motd" not in harden.difference(before)
