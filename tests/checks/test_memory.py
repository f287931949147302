"""The check of memory, on this machine and on a /proc/meminfo of our own."""

from pathlib import Path

import pytest
from checks.asking import ask


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    meminfo = "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\nSwapTotal: {} kB\nSwapFree: {} kB\n"
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text(meminfo.format(200, 50))
    (tmp_path / "none/proc").mkdir(parents=True)
    (tmp_path / "none/proc/meminfo").write_text(meminfo.format(0, 0))
    return tmp_path


def test_this_machine() -> None:
    assert ask("memory", available=1) is None
    assert "memory are available, not 9000T" in str(ask("memory", available="9000T"))


def test_enough(tree: Path) -> None:
    assert ask("memory", tree, available="25%", swap_free="25%") is None
    assert ask("memory", tree, available="250K", swap_free="50K") is None


def test_too_little(tree: Path) -> None:
    few = "250 KiB of 1000 KiB memory are available, not "
    assert ask("memory", tree, available="26%") == few + "26%"
    assert ask("memory", tree, available="251K") == few + "251K"
    assert ask("memory", tree, swap_free="51K") == "50 KiB of 200 KiB swap are available, not 51K"


def test_no_swap_at_all(tree: Path) -> None:
    assert ask("memory", tree / "none", available="25%") is None
    assert ask("memory", tree / "none", swap_free="1%") == "there is no swap"
