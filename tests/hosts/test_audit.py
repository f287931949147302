"""An audit of a real droplet over SSH, as root by sudo and as a user without rights: nothing is left there."""

import json
from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab
from lab.treehash import DROPLET_VOLATILE, Listing, difference

DROPLET = Path(__file__).resolve().parents[2] / "playbooks" / "droplet.yml"
MORE = """\
- hosts: all
  become: true
  steps:
    - {name: Shadow, line: {path: /etc/shadow, line: x}}
    - {name: Motd, file: {path: /etc/motd, content: "hello\\n"}}
    - {name: Keep, sysctl: {name: keep, values: {kernel.dmesg_restrict: 1}}}
    - {name: Run, service: {name: ssh, running: true}}
    - {name: Known, package: {name: bash}}
    - {name: New, package: {name: tree}}
    - {name: Asks, command: {cmd: id -u, query: true}, register: who}
    - {name: Told, file: {path: "/etc/{{ who.stdout }}", state: absent}}
    - {name: Not run, command: {cmd: touch /etc/run, irreversible: true}}
    - {name: As root, command: {cmd: id, query: true}, become_user: root}
"""
# sudo and a shell note for themselves who came for the first time.
LEFT_OUT = (*DROPLET_VOLATILE, r"/home/ops/\.sudo_as_admin_successful", r"/var/log/.*")


@pytest.fixture
def host(droplet_host: Host) -> Host:
    return droplet_host


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    return Command(lab, host, tmp_path, user="ops")


def hashed(host: Host) -> Listing:
    """All of the host's disk, our own state folders with it."""
    return host.hash(leave_out=LEFT_OUT)


def audit(harden: Command, *words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code, and what was told of the one host."""
    done = harden("audit", *words, "--format", "json")
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout, done.stderr
    (told,) = json.loads(done.stdout)["hosts"]
    return done.returncode, told


def statuses(told: dict[str, Any]) -> dict[str, str]:
    return {step["title"]: step["status"] for step in told["steps"]}


def test_as_root(harden: Command, host: Host, tmp_path: Path) -> None:
    assert not host.exists("/var/lib/hardener")
    (tmp_path / "more.yml").write_text(MORE)
    before = hashed(host)
    code, droplet = audit(harden, str(DROPLET), "-e", "swap_size=64M")
    assert (code, droplet["status"]) == (2, "differs"), droplet
    assert set(statuses(droplet).values()) <= {"differs", "ok", "unknown", "skipped"}
    assert statuses(droplet)["Rotate logs before the disk fills"] == "differs"
    code, told = audit(harden, str(tmp_path / "more.yml"))
    assert (code, told["status"]) == (2, "differs")
    assert statuses(told) == {
        "Shadow": "differs", "Motd": "differs", "Keep": "differs", "Run": "ok", "Known": "ok",
        "New": "differs", "Asks": "ok", "Told": "ok", "Not run": "unknown", "As root": "ok",
    }  # fmt: skip
    assert not host.exists("/var/lib/hardener")
    assert difference(before, hashed(host)) == ""


def test_as_a_user_without_rights(harden: Command, host: Host, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text(MORE)
    before = hashed(host)
    code, droplet = audit(harden, str(DROPLET), "-e", "swap_size=64M", "--no-become")
    assert code in (2, 5), droplet
    assert "failed" not in statuses(droplet).values(), droplet
    errors = [step["error"] for step in droplet["steps"] if step["error"]]
    assert errors and all("Permission denied" in repr(error) for error in errors), errors
    code, told = audit(harden, str(tmp_path / "more.yml"), "--no-become")
    found = statuses(told)
    assert {found[title] for title in ("Shadow", "As root")} == {"unseen"}, found
    assert (found["Motd"], found["Run"], found["Asks"]) == ("differs", "ok", "ok")
    assert difference(before, hashed(host)) == ""


def test_only_what_is_not_seen(harden: Command, host: Host, tmp_path: Path) -> None:
    play = tmp_path / "play.yml"
    play.write_text("- {hosts: all, steps: [{line: {path: /etc/shadow, line: x}}]}\n")
    code, told = audit(harden, str(play), "--no-become")
    assert (code, told["status"]) == (5, "unseen")
    (step,) = told["steps"]
    assert "/etc/shadow" in step["error"]["where"] + step["error"]["why"]
    assert step["error"]["what"] == "Permission denied"


def test_after_an_apply_nothing_differs(harden: Command, host: Host) -> None:
    """Of what was not asked for nothing is told; who may not see it all says so."""
    asked = (str(DROPLET), "--skip-tags", "swap,monitoring")
    done = harden("apply", *asked, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    code, told = audit(harden, *asked)
    assert (code, set(statuses(told).values()) - {"skipped"}) == (0, {"ok"}), told
    code, told = audit(harden, *asked, "--no-become")
    assert (code, told["status"]) == (5, "unseen"), told
    assert set(statuses(told).values()) - {"skipped"} == {"ok", "unseen"}, told
