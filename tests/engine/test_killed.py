"""Killed at any write, the next start puts everything back (promise 4, in one process a kill)."""

from pathlib import Path
from typing import Any

import needs
import pytest
from killing import dying_at, in_child
from sandbox import Sandbox, step
from tree import lay, listing

FILES = {"/etc/motd": "hello\n", "/etc/old": {"content": "o\n", "mode": "0600"}, "/srv/a/x": "x\n"}


def steps() -> list[dict[str, Any]]:
    return [
        step("file", 1, path="/etc/new", state="directory"),
        step("file", 2, path="/etc/new/a", content="a\n", owner="trader"),
        step("file", 3, path="/etc/motd", content="bye\n"),
        step("file", 4, path="/etc/old", state="absent"),
        step("move", 5, src="/srv/a", dest="/srv/b"),
        step("file", 6, path="/etc/link", state="link", target="motd"),
    ]


@pytest.mark.parametrize("word", ["apply", "rollback"])
def test_killed_at_every_write(tmp_path: Path, word: str) -> None:
    needs.root()
    points = 0
    for number in range(1, 1000):
        root = tmp_path / str(number)
        lay(root, FILES)
        before = listing(root)
        if one(root, word, number):
            break
        points += 1
        come_back(root, word)
        assert listing(root) == before, f"killed at write {number}"
    print(f"{word}: {points} kill points, 0 lost")
    assert points > 20


def come_back(root: Path, word: str) -> None:
    """What a person does next: another apply, which recovers first; or the rollback again."""
    after = Sandbox(root)
    after._runs = 100
    if word == "rollback":
        assert after.rollback("run-001") == "rolled back", after.events
        return
    assert after.play(step("file", path="/etc/later", content="l\n")) == "changed", after.events
    assert after.rollback(after.run) == "rolled back"


def one(root: Path, word: str, number: int) -> bool:
    """Do the apply, or after it the rollback, and die at a write; True if it was over before."""
    if word == "apply":
        return in_child(lambda: Sandbox(root, watch=dying_at(number)).play(*steps()))
    assert in_child(lambda: Sandbox(root).play(*steps()))
    dying = Sandbox(root, watch=dying_at(number))
    dying._runs = 50
    return in_child(lambda: dying.rollback("run-001"))
