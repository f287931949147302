"""Rollback: nobody else's work is lost, nothing is called whole that is not, all can be taken up again."""

from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay, listing

MOTD = "".join(f"line {n}\n" for n in range(1, 21))


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    needs.root()
    lay(tmp_path, {"/etc/motd": MOTD, "/etc/other": "o\n"})
    return Sandbox(tmp_path)


def edit(host: Sandbox, path: str, old: str, new: str) -> None:
    file = host.root / path.lstrip("/")
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def change_motd(host: Sandbox) -> str:
    text = MOTD.replace("line 3\n", "line three\n")
    assert host.play(step("file", path="/etc/motd", content=text)) == "changed"
    return host.run


def undone(host: Sandbox) -> dict[str, str]:
    return {e["resource"]: e["status"] for e in host.events if e["event"] == "undone"}


def test_an_unrelated_edit_survives(host: Sandbox) -> None:
    change_motd(host)
    edit(host, "/etc/motd", "line 18\n", "mine\n")
    assert host.rollback() == "rolled back"
    assert undone(host) == {"file:/etc/motd": "merged"}
    assert (host.root / "etc/motd").read_text() == MOTD.replace("line 18\n", "mine\n")


def test_a_related_edit_is_a_conflict_that_is_shown(host: Sandbox) -> None:
    """F18."""
    change_motd(host)
    edit(host, "/etc/motd", "line three\n", "line 3, mine\n")
    assert host.rollback() == "partly rolled back"
    assert undone(host) == {"file:/etc/motd": "conflict"}
    assert "line 3, mine" in (host.root / "etc/motd").read_text()
    assert any("line 3, mine" in line for e in host.events for line in e.get("diff", ()))


def test_force_overrides_a_conflict_for_one_path(host: Sandbox) -> None:
    run = change_motd(host)
    edit(host, "/etc/motd", "line three\n", "line 3, mine\n")
    assert host.rollback(run) == "partly rolled back"
    assert host.rollback(run, force=("file:/etc/motd",)) == "rolled back"
    assert (host.root / "etc/motd").read_text() == MOTD


def test_a_conflict_stops_nothing_else(host: Sandbox) -> None:
    host.play(
        step("file", 1, path="/etc/other", content="new\n"),
        step("file", 2, path="/etc/motd", content="all new\n"),
        step("file", 3, path="/etc/fresh", content="fresh\n"),
    )
    edit(host, "/etc/motd", "all new", "all mine")
    assert host.rollback() == "partly rolled back"
    assert undone(host)["file:/etc/motd"] == "conflict"
    assert (host.root / "etc/other").read_text() == "o\n"
    assert not (host.root / "etc/fresh").exists()


def test_a_file_that_somebody_made_ours_is_not_deleted(host: Sandbox) -> None:
    """F17, F38: what we created goes only if it is still as we left it."""
    host.play(step("file", path="/etc/fresh", content="fresh\n"))
    (host.root / "etc/fresh").write_text("somebody's own\n")
    assert host.rollback() == "partly rolled back"
    assert (host.root / "etc/fresh").read_text() == "somebody's own\n"


def test_two_runs_roll_back_in_turn(host: Sandbox) -> None:
    """F13: never «the one before» of what is there, but what a run has recorded."""
    before = listing(host.root)
    change_motd(host)
    middle = listing(host.root)
    host.play(step("file", path="/etc/motd", content="third\n"))
    assert host.rollback() == "rolled back"
    assert listing(host.root) == middle
    assert host.rollback() == "rolled back"
    assert listing(host.root) == before


def test_an_older_run_is_taken_out_from_under_a_newer_one(host: Sandbox) -> None:
    first = change_motd(host)
    text = (host.root / "etc/motd").read_text().replace("line 18\n", "line eighteen\n")
    host.play(step("file", path="/etc/motd", content=text))
    assert host.rollback(first) == "rolled back"
    assert (host.root / "etc/motd").read_text() == MOTD.replace("line 18\n", "line eighteen\n")


def test_a_rollback_is_a_run_that_can_be_rolled_back(host: Sandbox) -> None:
    run = change_motd(host)
    after = listing(host.root)
    assert host.rollback(run) == "rolled back"
    assert host.rollback("run-002") == "rolled back"
    assert listing(host.root) == after


def test_a_second_rollback_of_the_same_run_does_nothing(host: Sandbox) -> None:
    """F13, F39."""
    run = change_motd(host)
    host.rollback(run)
    host.play(step("file", path="/etc/motd", content="later\n"))
    assert host.rollback(run) == "rolled back"
    assert (host.root / "etc/motd").read_text() == "later\n"


def test_a_preview_of_a_rollback_writes_nothing(host: Sandbox) -> None:
    change_motd(host)
    after = listing(host.root, leave_out=())
    assert host.rollback(dry_run=True) == "rolled back"
    assert listing(host.root, leave_out=()) == after


def test_a_failed_step_puts_the_play_back(host: Sandbox) -> None:
    """D3: what step 2 breaks, step 1 does not leave behind."""
    before = listing(host.root)
    fails = step("command", 2, cmd="false", irreversible=True)
    host.system.which = lambda name: "/bin/sh"  # type: ignore[method-assign]
    assert host.play(step("file", path="/etc/motd", content="x\n"), fails) == "partly rolled back"
    assert undone(host)["file:/etc/motd"] == "restored"
    assert listing(host.root) == before


def test_kept_on_request(host: Sandbox) -> None:
    fails = step("command", 2, cmd="false", irreversible=True)
    status = host.play(step("file", path="/etc/motd", content="x\n"), fails, on_failure="keep")
    assert status == "failed"
    assert (host.root / "etc/motd").read_text() == "x\n"


def test_a_restore_that_breaks_is_said_and_taken_up_again(host: Sandbox) -> None:
    """D6, F19: exit is not success, the rest is put back, a second try ends it."""
    before = listing(host.root)
    host.play(
        step("file", 1, path="/etc/other", content="new\n"),
        step("file", 2, path="/etc/motd", content="new\n"),
    )
    breaks = Sandbox(host.root, watch=refuse("/etc/motd"))
    breaks._runs = 5
    assert breaks.rollback("run-001") == "partly rolled back"
    assert undone(breaks) == {"file:/etc/motd": "failed", "file:/etc/other": "restored"}
    again = Sandbox(host.root)
    again._runs = 10
    assert again.rollback("run-001") == "rolled back"
    assert listing(host.root) == before


def test_what_was_put_back_and_edited_since_is_left_by_the_second_try(host: Sandbox) -> None:
    """F39: the marks of the first try count, so a user's work between the two is not undone."""
    host.play(
        step("file", 1, path="/etc/other", content="new\n"),
        step("file", 2, path="/etc/motd", content="new\n"),
    )
    breaks = Sandbox(host.root, watch=refuse("/etc/motd"))
    breaks._runs = 5
    assert breaks.rollback("run-001") == "partly rolled back"
    (host.root / "etc/other").write_text("mine\n")
    again = Sandbox(host.root)
    again._runs = 10
    assert again.rollback("run-001") == "rolled back"
    assert (host.root / "etc/other").read_text() == "mine\n"
    assert (host.root / "etc/motd").read_text() == MOTD


def refuse(path: str) -> Any:
    def watch(operation: str, touched: str) -> None:
        if touched == path:
            raise OSError(5, "Input/output error", path)

    return watch


def test_a_broken_chain_is_tampering(host: Sandbox) -> None:
    """F37, F40: a journal that was edited is refused, not guessed round."""
    run = change_motd(host)
    journal = host.root / f"var/lib/hardener/runs/{run}/journal.jsonl"
    journal.write_text(journal.read_text().replace("/etc/motd", "/etc/mote"))
    with pytest.raises(Exception, match="damaged, or was tampered with"):
        host.rollback(run)
    assert (host.root / "etc/motd").read_text() != MOTD


def test_a_torn_last_line_is_what_a_crash_leaves(host: Sandbox) -> None:
    before = listing(host.root)
    run = change_motd(host)
    journal = host.root / f"var/lib/hardener/runs/{run}/journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"is": "cha')
    assert host.rollback(run) == "rolled back"
    assert listing(host.root)["etc/motd"] == before["etc/motd"]
