"""The preview is the apply: what is predicted is what comes, and a play that never rests is refused."""

from pathlib import Path

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay, listing


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    needs.root()
    lay(tmp_path, {"/etc/motd": "hello\n", "/srv/a/x.conf": "x\n"})
    return Sandbox(tmp_path)


def test_a_later_step_sees_what_an_earlier_one_would_write(host: Sandbox) -> None:
    """D17."""
    steps = (
        step("file", 1, path="/etc/new", state="directory"),
        step("file", 2, path="/etc/new/a", content="one\n"),
        step("move", 3, src="/srv/a", dest="/srv/b"),
        step("line", 4, path="/srv/b/x.conf", line="y"),
    )
    before = listing(host.root, leave_out=())
    assert host.play(*steps, dry_run=True) == "pending", host.errors()
    predicted = host.changes("preview")
    assert listing(host.root, leave_out=()) == before
    assert host.play(*steps) == "changed"
    assert host.changes("apply") == predicted
    assert not [e for e in host.events if e["event"] == "diverged"]
    assert (host.root / "etc/new/a").read_text() == "one\n"
    assert (host.root / "srv/b/x.conf").read_text() == "x\ny\n"


def test_what_changes_twice_is_predicted_twice(host: Sandbox) -> None:
    steps = (
        step("line", 1, path="/etc/motd", line="one"),
        step("line", 2, path="/etc/motd", line="two"),
    )
    assert host.play(*steps) == "changed", host.errors()
    assert not [e for e in host.events if e["event"] == "diverged"]


def test_steps_that_fight_are_refused_and_named(host: Sandbox) -> None:
    """Promise 6: the second run is proved before the first."""
    before = listing(host.root)
    status = host.play(
        step("file", 1, path="/etc/motd", content="hello\n"),
        step("line", 2, path="/etc/motd", line="welcome"),
    )
    assert status == "refused"
    assert "«line 2» and «file 1» fight over file:/etc/motd" in host.errors()
    assert listing(host.root) == before


def test_what_a_command_does_is_unknown(host: Sandbox) -> None:
    status = host.play(
        step("command", 1, cmd="echo more >> /etc/motd", touches=["/etc/motd"]),
        step("line", 2, path="/etc/motd", line="last"),
        dry_run=True,
    )
    assert status == "pending"
    statuses = {e["title"]: e["status"] for e in host.events if e["event"] == "step"}
    assert statuses == {"command 1": "changed", "line 2": "unknown"}


def test_a_file_that_two_steps_change_is_as_predicted(host: Sandbox) -> None:
    first, second = (
        step("line", n, path="/etc/motd", line=text) for n, text in ((1, "one"), (2, "two"))
    )
    assert host.play(first, second) == "changed"
    assert (host.root / "etc/motd").read_text() == "hello\none\ntwo\n"
    assert not [e for e in host.events if e["event"] == "diverged"]


def test_what_differs_from_the_preview_is_said(host: Sandbox) -> None:
    """Somebody writes between plan and apply: the change is made on what is there, and it is told."""
    step_call = step("line", path="/etc/motd", line="ours")
    seen = []

    def meddle(operation: str, path: str) -> None:
        if operation == "journal" and not seen:
            seen.append(path)
            (host.root / "etc/motd").write_text("somebody else\n")

    host = Sandbox(host.root, watch=meddle)
    assert host.play(step_call) == "changed"
    assert (host.root / "etc/motd").read_text() == "somebody else\nours\n"
    assert [e["resource"] for e in host.events if e["event"] == "diverged"] == ["file:/etc/motd"]


def test_secrets_are_in_no_event_and_no_journal_text(host: Sandbox) -> None:
    """Promise 11."""
    call = step("file", path="/etc/token", content="marker-3141\n", mode="0600")
    call["calls"][0]["no_log"] = True
    host.play(call)
    assert "marker-3141" not in repr(host.events)
    state = host.root / "var/lib/hardener"
    journals = "".join(p.read_text() for p in state.glob("runs/*/*"))
    assert "marker-3141" not in journals
    assert (state / "blobs").stat().st_mode & 0o077 == 0
    host.rollback()
    assert not (host.root / "etc/token").exists()
    assert "marker-3141" not in repr(host.events)
