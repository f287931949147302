"""What a run needs of memory beyond its playbook hardly grows with the number of steps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.file_steps import playbook

# harden that says in the end how many bytes its run had allocated at most, once the playbook was read.
TRACED = """
import sys, tracemalloc
from hardener.cli import run
from hardener.fleet.run import PlaybookRun
go = PlaybookRun.go
def traced(self, dry_run):
    tracemalloc.start()
    try:
        return go(self, dry_run)
    finally:
        sys.stderr.write(f"{tracemalloc.get_traced_memory()[1]}\\n")
PlaybookRun.go = traced
sys.exit(run())
"""
FEW, MANY = 200, 1200
MOST = 600


@pytest.mark.parametrize("words", [["--yes"], ["--dry-run"]], ids=["first", "dry"])
def test_bytes_of_a_step_beyond_the_playbook(tmp_path: Path, words: list[str]) -> None:
    """A step as it is sent takes some 250, packed; what hosts say of it is told and forgotten."""
    few, many = (bytes_of(tmp_path, count, words) for count in (FEW, MANY))
    assert (many - few) / (MANY - FEW) < MOST


def bytes_of(folder: Path, count: int, words: list[str]) -> int:
    root = folder / f"root-{count}"
    root.mkdir()
    path = playbook(folder, count)
    command = [sys.executable, "-c", TRACED, "apply", str(path), "--root", str(root), *words]
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return int(done.stderr.splitlines()[-1])
