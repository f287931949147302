"""One file under two names, by a link on the way: a step sees what an earlier one did by the other name."""

from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay, listing


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    needs.root()
    lay(
        tmp_path,
        {
            "/srv/releases/1/old": "old\n",
            "/srv/releases/2/x": "2\n",
            "/srv/current": {"link": "releases/1"},
            "/srv/loop": {"link": "loop/on"},
        },
    )
    return Sandbox(tmp_path)


def link(target: str, number: int) -> dict[str, Any]:
    return step("file", number, path="/srv/current", state="link", target=target)


PLAYS = {
    "a folder and a file by the link, a line by the real name": (
        step("file", 1, path="/srv/current/logs", state="directory"),
        step("file", 2, path="/srv/current/logs/x", content="a\nb\n"),
        step("line", 3, path="/srv/releases/1/logs/x", line="b"),
    ),
    "a line follows the link": (
        step("file", 1, path="/srv/current/new", content="a\nb\n"),
        step("line", 2, path="/srv/current/new", line="a"),
        step("block", 3, path="/srv/releases/1/old", id="one", content="c"),
        step("line", 4, path="/srv/current/old", line="c"),
    ),
    "another release, then a file of it": (
        link("releases/2", 1),
        step("line", 2, path="/srv/current/x", line="more"),
        step("file", 3, path="/srv/releases/2/y", content="y\n"),
        step("line", 4, path="/srv/current/y", line="y"),
    ),
}


@pytest.mark.parametrize("steps", PLAYS.values(), ids=PLAYS)
def test_foretold_made_and_undone(host: Sandbox, steps: Any) -> None:
    before = listing(host.root)
    assert host.play(*steps, dry_run=True) == "pending", host.errors()
    foretold = host.changes("preview")
    assert host.play(*steps) == "changed", host.errors()
    assert host.changes("apply") == foretold
    assert host.play(*steps) == "ok", host.changes("preview")
    assert host.rollback() == "rolled back", host.events
    assert listing(host.root) == before


def test_a_fight_over_one_file_by_two_names_is_refused(host: Sandbox) -> None:
    steps = (
        step("file", 1, path="/srv/current/old", content="a\n"),
        step("file", 2, path="/srv/releases/1/old", content="b\n"),
    )
    assert host.play(*steps) == "refused"
    assert "would never come to rest" in host.errors()


def test_what_is_foretold_by_one_name_is_seen_by_the_other(host: Sandbox) -> None:
    lay(host.root, {"/etc/logrotate.d": {"directory": True}})
    steps = (
        step("file", 1, path="/srv/current/logs", state="directory", mode="0777"),
        step("logrotate", 2, name="app", paths=["/srv/current/logs/*.log"]),
    )
    assert host.play(*steps, dry_run=True) == "refused"
    assert "logrotate would skip every log in /srv/current/logs" in host.errors()


def test_a_link_into_itself_is_an_error(host: Sandbox) -> None:
    assert host.play(step("line", path="/srv/loop/x", line="a", create=True)) == "refused"
    assert "too many links" in host.errors() or "Too many levels" in host.errors()


def test_a_rollback_finds_its_file_when_the_link_leads_elsewhere_by_then(host: Sandbox) -> None:
    (host.root / "srv/releases/2/old").write_text("another\n")
    assert host.play(step("file", path="/srv/current/old", content="new\n")) == "changed"
    (host.root / "srv/current").unlink()
    (host.root / "srv/current").symlink_to("releases/2")
    assert host.rollback() == "rolled back", host.events
    assert (host.root / "srv/releases/1/old").read_text() == "old\n"
    assert (host.root / "srv/releases/2/old").read_text() == "another\n"
