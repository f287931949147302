"""What a host loads in a run: each one starts a Python of its own there, which nobody wants to wait for."""

import contextlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox, step
from tree import lay

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import io, json, sys
sys.path.insert(0, sys.argv[1])
from hardener.host.wire.frames import pack
from hardener.host.wire.loop import main
bare = list(sys.modules)
main(io.BytesIO(b"".join(map(pack, json.load(sys.stdin)))), io.BytesIO(), root=sys.argv[2])
print(json.dumps([bare, list(sys.modules)]))
"""
ASKED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import hardener.host.supervisor.update
print(json.dumps(list(sys.modules)))
"""
# Of Python: what a host that only looks at files needs none of.
HEAVY = {
    *("configparser", "ctypes", "difflib", "email", "http", "sqlite3", "ssl", "typing", "urllib"),
    "xmlrpc",
}
# What it starts with, before it knows what is wanted of it, has none of these either.
LATER = {"datetime", "random", "signal", "socket", "subprocess"}
# Of ours: whole subjects, and all that a run without a change, or a play, does not come to.
SUBJECTS = {
    *("access.account", "access.firewall", "access.sshd", "capture", "package_managers"),
    *("access.sshd.how", "access.sshd.where", "access.sshd.who"),
    *(
        "postgres",
        "snapshots",
        "sqlite",
        "supervisor",
        "swap",
        "undo.console",
        "undo.history",
        "undo.recovery",
        "undo.salvage",
    ),
}
MOST = 75  # modules of ours before the first message


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lay(tmp_path, {"/etc/app.conf": "x\n"})
    return tmp_path


def loaded(root: Path, *messages: dict[str, Any]) -> list[set[str]]:
    """Have a host answer; return what it has loaded before the first message, and in the end."""
    command = [sys.executable, "-I", "-S", "-B", "-c", LOADED, ROOT, root]
    given = json.dumps(messages)
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=given)
    return [set(names) for names in json.loads(done.stdout)]


def play(*steps: dict[str, Any], dry_run: bool = True) -> dict[str, Any]:
    told = {"number": 1, "name": "play", "guard": {"within": 60}}
    told["snapshots"] = {"keep": 50}
    return {"do": "play", "run": "run-1", "play": told, "steps": steps, "dry_run": dry_run}


def heavy(names: set[str]) -> set[str]:
    """Return what is loaded of Python's costly modules, and of our subjects."""
    ours = {name.removeprefix("hardener.host.") for name in names if "hardener.host." in name}
    found = {
        subject for subject in SUBJECTS for name in ours if (name + ".").startswith(subject + ".")
    }
    return found | {name.partition(".")[0] for name in names} & HEAVY


def test_before_the_first_message(root: Path) -> None:
    bare, _ = loaded(root)
    assert not heavy(bare)
    assert not bare & LATER
    assert len([name for name in bare if name.startswith("hardener.")]) < MOST


def test_files_that_are_as_they_should_be(root: Path) -> None:
    told = step("file", path="/etc/app.conf", content="x\n")
    assert Sandbox(root).play(told, dry_run=True) == "ok"
    _, whole = loaded(root, {"do": "facts"}, play(told))
    assert not heavy(whole)
    assert "hardener.host.steps.file" in whole
    assert not any(
        name.startswith("hardener.host.steps.") for name in whole - {"hardener.host.steps.file"}
    )


@pytest.mark.parametrize(
    ("told", "needs"),
    [
        (step("sysctl", name="x", values={"vm.swappiness": 10}), set()),
        (
            step("ini", path="/etc/php.ini", dialect="php", create=True, set={"a": {"b": "c"}}),
            set(),
        ),
        (step("swapfile", path="/swapfile", size="1M"), {"swap"}),
    ],
    ids=lambda each: each["calls"][0]["type"] if isinstance(each, dict) else "",
)
def test_a_step_brings_what_it_needs_and_no_more(
    root: Path, told: dict[str, Any], needs: set[str]
) -> None:
    _, whole = loaded(root, {"do": "facts"}, play(told))
    for_any_change = {"access.account", "access.firewall", "access.sshd", "difflib"}
    assert heavy(whole) - for_any_change == needs


def test_indexes_of_sqlite_bring_nothing_of_postgres(root: Path) -> None:
    with contextlib.closing(sqlite3.connect(root / "app.db")) as db:
        db.execute("CREATE TABLE trades (day TEXT)")
    told = step("indexes", sqlite="/app.db", table="trades", columns=["day"])
    _, whole = loaded(root, {"do": "facts"}, play(told))
    assert heavy(whole) == {"sqlite", "sqlite3"}


def test_a_run_brings_nothing_of_what_undoes_or_removes_earlier_ones(root: Path) -> None:
    told = step("file", path="/etc/app.conf", content="y\n")
    _, whole = loaded(root, {"do": "facts"}, play(told, dry_run=False))
    assert (root / "etc/app.conf").read_text() == "y\n"
    ours = {name.removeprefix("hardener.host.") for name in whole}
    assert not ours & {"snapshots.survey", "snapshots.removal", "undo.history", "undo.salvage"}


def test_supervisord_is_asked_without_a_library_for_it() -> None:
    command = [sys.executable, "-I", "-S", "-B", "-c", ASKED, ROOT]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    names = set(json.loads(done.stdout))
    assert "hardener.host.supervisor.daemon" in names
    assert not heavy(names) & HEAVY
