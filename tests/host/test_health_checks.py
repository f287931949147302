"""The checks of disk, memory and load, on this machine and on /proc files of our own."""

from pathlib import Path
from typing import Any

import pytest
from sandbox import filled

from hardener.host import checks
from hardener.host.checks import memory
from hardener.host.facts import cpu
from hardener.host.system import System


def ask(type: str, root: Path | str = "/", **params: Any) -> str | None:
    found: str | None = checks.ask(
        {"type": type, "params": filled(type, params, "check")}, System(str(root))
    )
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "loadavg").write_text("0.50 6.25 2.00 1/100 4242\n")
    (proc / "meminfo").write_text(
        "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\nSwapTotal: 200 kB\nSwapFree: 50 kB\n"
    )
    return tmp_path


def test_disk(tmp_path: Path) -> None:
    assert ask("disk", path=str(tmp_path), free="1K", inodes=1) is None
    assert "free, not 9000T" in str(ask("disk", path=str(tmp_path), free="9000T"))
    assert "free, not 100%" in str(ask("disk", path=str(tmp_path), free="100%"))
    assert "inodes free, not 100%" in str(ask("disk", path=str(tmp_path), inodes="100%"))
    assert "No such file" in str(ask("disk", path="/nonesuch", free="1K"))


def test_memory(tree: Path) -> None:
    assert ask("memory", tree, available="25%", swap_free="25%") is None
    assert (
        ask("memory", tree, available="26%") == "250 KiB of 1000 KiB memory are available, not 26%"
    )
    assert (
        ask("memory", tree, available="251K")
        == "250 KiB of 1000 KiB memory are available, not 251K"
    )
    assert ask("memory", tree, swap_free="51K") == "50 KiB of 200 KiB swap are available, not 51K"
    assert memory.below("swap", 0, 0, "1%") == "there is no swap"
    assert ask("memory", available=1) is None


def test_load(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("load", tree, max=1, minutes=1) is None
    assert ask("load", tree, max=6) == "the load of the last 5 minutes is 6.25, more than 6"
    monkeypatch.setattr(cpu, "gather", lambda system: {"count": 5})
    assert ask("load", tree, max="1.25", per_cpu=True) is None
    assert "is 1.25 per CPU, more than 1.2" in str(ask("load", tree, max="1.2", per_cpu=True))
    assert (
        ask("load", tree, max=1, minutes=15)
        == "the load of the last 15 minutes is 2.00, more than 1"
    )
