"""What a search sees of the steps before it, in a preview as in the apply."""

from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay, listing

CLOSE = step(
    "permissions", 9, below=["/srv"], types=["file"], only="world_writable", at_most="7775"
)


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    needs.root()
    lay(tmp_path, {"/srv/old": {"content": "x", "mode": "0666"}, "/srv/closed": "x"})
    return Sandbox(tmp_path)


def test_what_an_earlier_step_makes_opens_and_removes(host: Sandbox) -> None:
    """The new file and the one that is opened are found, the one that is removed is not."""
    before = listing(host.root)
    steps: list[dict[str, Any]] = [
        step("file", 1, path="/srv/new", content="x", mode="0666"),
        step("file", 2, path="/srv/closed", mode="0646", state="touch"),
        step("file", 3, path="/srv/old", state="absent"),
    ]
    found = ["change file:/srv/closed", "change file:/srv/new"]
    # Two steps that want different modes of one file would never come to rest: the search alone.
    assert host.play(*steps, CLOSE, dry_run=True) == "refused"
    assert [each for each in host.changes("preview") if each in found][-2:] == found
    assert "fight over file:/srv" in host.errors()
    assert listing(host.root) == before


def test_what_an_earlier_step_moves_is_known_only_afterwards(host: Sandbox) -> None:
    lay(host.root, {"/from": {"directory": True}, "/from/open": {"content": "x", "mode": "0666"}})
    move = step("move", 1, src="/from", dest="/srv/to")
    host.play(move, CLOSE, dry_run=True)
    (told,) = [e for e in host.events if e["event"] == "step" and e["type"] == "permissions"][:1]
    assert (told["status"], told["why"]) == ("unknown", "file:/srv/to is known after apply")
    assert host.play(move, CLOSE) == "changed", host.errors()
    assert (host.root / "srv/to/open").stat().st_mode & 0o777 == 0o664


def test_all_that_is_too_much_is_counted_and_none_is_changed(host: Sandbox) -> None:
    for number in range(3000):
        (host.root / ("srv/many-%d" % number)).write_bytes(b"")
        (host.root / ("srv/many-%d" % number)).chmod(0o666)
    before = listing(host.root)
    assert host.play(CLOSE, dry_run=True) == "refused"
    assert "3001 files would change, and `most` is 1000" in host.errors()
    assert listing(host.root) == before
