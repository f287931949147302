"""`harden diff`: what has moved since a run, and what a host can't tell."""

from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay

from hardener.host.undo import history


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    needs.root()
    lay(tmp_path, {"/etc/motd": "hello\n"})
    return Sandbox(tmp_path)


def moved(host: Sandbox) -> list[str]:
    said: list[dict[str, Any]] = []
    history.since(host.engine(), host.run, said.append)
    return [event["resource"] for event in said]


def test_a_command_has_not_moved(host: Sandbox) -> None:
    """No host can tell that one has run."""
    ran = step("command", 2, cmd="false", irreversible=True)
    change = step("file", path="/etc/motd", content="ours\n")
    assert host.play(change, ran, on_failure="keep") == "failed"
    assert moved(host) == []
    (host.root / "etc/motd").write_text("theirs\n")
    assert moved(host) == ["file:/etc/motd"]
