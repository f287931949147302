"""The benchmarks run, with the smallest numbers there are; how long they take is not looked at."""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import needs
import pytest

from benchmarks import timing

ROOT = Path(__file__).resolve().parents[2]


def bench(*words: str) -> str:
    """Run a benchmark and return its tables."""
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(table: str) -> dict[str, float]:
    """{case: ratio}"""
    found = re.findall(r"(?m)^(.{34}) *(\d+\.\d\d) ", table)
    return {name.strip(): float(ratio) for name, ratio in found}


def test_start() -> None:
    table = rows(bench("benchmarks.start", "--rounds", "1"))
    assert table.pop("python -c pass") == 1
    assert {"harden --version", "harden --help"} <= table.keys()


def test_host_start() -> None:
    table = rows(bench("benchmarks.host_start", "--rounds", "1"))
    assert table.keys() == {
        "python -I -S -c pass", "the bootstrap", "and the modules of every play"
    }  # fmt: skip


def test_file_steps_in_a_folder(tmp_path: Path) -> None:
    words = ("--where", "local", "--counts", "2", "--rounds", "1", "--folder", str(tmp_path))
    first, second = bench("benchmarks.file_steps", *words).strip().split("\n\n")
    assert rows(first).keys() == {"floor: write", "harden apply"}
    assert rows(second).keys() == {"floor: read", "harden apply"}


def test_memory() -> None:
    title, head, *lines = bench("benchmarks.memory", "--counts", "2,3").splitlines()
    assert title.endswith("in MB")
    assert head.split() == ["steps", "validate", "first", "run", "second", "run"]
    assert [line.split()[0] for line in lines] == ["2", "3", "kB"]
    assert all(float(cell) > 5 for line in lines[:2] for cell in line.split()[1:])


@pytest.mark.hosts
@pytest.mark.parametrize(
    "words",
    [
        ("benchmarks.first_run",),
        ("benchmarks.second_run", "--users", "nopass"),
        ("benchmarks.second_run", "--users", "root", "--hosts", "2", "--rtt", "0.01"),
        ("benchmarks.file_steps", "--where", "ssh", "--counts", "2"),
    ],
)
def test_over_ssh(words: tuple[str, ...]) -> None:
    needs.root()
    tables = bench(*words, "--rounds", "1").strip().split("\n\n")
    assert all(rows(table)["harden apply"] > 0 for table in tables)


@pytest.mark.hosts
def test_fleet() -> None:
    needs.root()
    first, second = bench("benchmarks.fleet", "--hosts", "1,2", "--rounds", "1").splitlines()[2:]
    assert (first.split()[0], second.split()[0]) == ("1", "2")
    assert all(float(figure) > 0 for figure in second.split()[1:4])


def test_a_floor_that_fails_is_no_floor(tmp_path: Path) -> None:
    script = ROOT / "benchmarks" / "floors" / "files.py"
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "file-0").write_text("line 1\n")
    with pytest.raises(SystemExit, match="AssertionError"):
        timing.quietly([sys.executable, str(script), str(tmp_path / "many"), "1", "read"])


def test_every_round_counts_but_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    cases = [timing.Case(name, functools.partial(done.append, name)) for name in ("a", "b")]
    times = timing.measure(cases, 3)
    assert {name: len(took) for name, took in times.items()} == {"a": 3, "b": 3}
    assert done == ["a", "b", "b", "a", "a", "b", "b", "a"]


def test_a_ratio_is_of_one_round() -> None:
    floor = [timing.Took(1, 1), timing.Took(10, 1), timing.Took(100, 1)]
    ours = [timing.Took(2, 3), timing.Took(20, 3), timing.Took(300, 3)]
    assert timing.row("x", ours, floor).split()[:4] == ["x", "2.00", "2.00-3.00", "3.00"]


def test_readme_names_every_script() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text()
    scripts = [p for p in (ROOT / "benchmarks").glob("*.py") if os.access(p, os.R_OK)]
    runnable = {
        p.stem for p in scripts if "argparse" in p.read_text() or "parser(" in p.read_text()
    }
    for name in sorted(runnable - {"timing"}):
        assert f"benchmarks.{name}" in text, name
