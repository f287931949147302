"""The check of the load, on this machine and on a /proc/loadavg of our own."""

import os
from pathlib import Path

import pytest
from checks.asking import ask


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "loadavg").write_text("0.50 6.25 2.00 1/100 4242\n")
    (proc / "cpuinfo").write_text("processor\t: 0\n\nprocessor\t: 1\n")
    return tmp_path


def test_this_machine() -> None:
    assert ask("load", max=1000000) is None
    assert ask("load", max=1000000, per_cpu=True) is None


def test_minutes(tree: Path) -> None:
    assert ask("load", tree, max="0.5", minutes=1) is None
    assert ask("load", tree, max="6.25") is None
    assert ask("load", tree, max=6) == "the load of the last 5 minutes is 6.25, more than 6"
    too_much = "the load of the last 15 minutes is 2.00, more than 1"
    assert ask("load", tree, max=1, minutes=15) == too_much


def test_per_cpu(tree: Path) -> None:
    each = 6.25 / len(os.sched_getaffinity(0))
    assert ask("load", tree, max=f"{each + 0.01:.3f}", per_cpu=True) is None
    trouble = str(ask("load", tree, max=f"{each - 0.01:.3f}", per_cpu=True))
    assert trouble.startswith(f"the load of the last 5 minutes is {each:.2f} per CPU, more than ")
