"""Odd files and odd names are replaced, changed and removed, and come back exactly as they were.

Proves F15 and F16 (docs/SAFETY.md).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.disk.disks import run
from faults.odd.looks import look
from faults.odd.oddities import FILES, NAMES
from sandbox import Sandbox, step

Work = Callable[[int, str], dict[str, Any]]
WORK: dict[str, Work] = {
    "replaced": lambda n, path: step("file", n, path=path, content="new\n"),
    "given another mode": lambda n, path: step("file", n, path=path, mode="0641"),
    "given a wider mode": lambda n, path: step("file", n, path=path, mode="0776"),
    "given to another": lambda n, path: step("file", n, path=path, owner="trader", mode="4711"),
    "replaced with all": lambda n, path: step(
        "file", n, path=path, content="new\n", owner=7, group=7, mode="0604"
    ),
    "removed": lambda n, path: step("file", n, path=path, state="absent"),
    "replaced by a link": lambda n, path: step(
        "file", n, path=path, state="link", target="x", force=True
    ),
    "replaced by a folder": lambda n, path: step(
        "file", n, path=path, state="directory", force=True
    ),
    "moved": lambda n, path: step("move", n, src=path, dest=path + ".there"),
}
ALL = {
    "removed with the folder": step("file", path="/odd", state="absent"),
    "changed below a folder": step(
        "file", path="/odd", state="directory", owner="trader", mode="0751", recurse=True
    ),
}


def back_and_forth(host: Sandbox, *steps: dict[str, Any]) -> None:
    """Preview, apply, second run, rollback."""
    before = look(host.root)
    assert host.play(*steps, dry_run=True) == "pending", host.errors()
    assert look(host.root) == before
    foretold = host.changes("preview")
    assert host.play(*steps) == "changed", host.errors()
    assert host.changes("apply") == foretold
    after = look(host.root)
    assert host.play(*steps) == "ok", host.changes("preview")
    assert look(host.root) == after
    assert host.rollback() == "rolled back", host.events
    assert look(host.root) == before


def lay_files(host: Sandbox) -> list[str]:
    for name, make in FILES.items():
        make(host.root / "odd" / name)
    return [f"/odd/{name}" for name in FILES]


@pytest.mark.parametrize("what", WORK)
def test_odd_files(host: Sandbox, what: str, tally: Any) -> None:
    paths = lay_files(host)
    back_and_forth(host, *[WORK[what](n, path) for n, path in enumerate(paths, 1)])
    tally("odd files taken through apply and rollback", tried=len(FILES))


@pytest.mark.parametrize("what", ALL)
def test_a_folder_of_odd_files_and_names(host: Sandbox, what: str, tally: Any) -> None:
    lay_files(host)
    for name in NAMES.values():
        folder = os.fsencode(host.root) + b"/odd/" + name
        os.mkdir(folder)
        Path(os.fsdecode(folder + b"/" + name)).write_text("x\n")
        os.symlink(name, folder + b"/l")
    os.symlink(b"nowhere\xff", os.fsencode(host.root) + b"/odd/dangling")
    back_and_forth(host, ALL[what])
    tally("odd files taken through apply and rollback", tried=len(FILES))
    tally("odd names taken through apply and rollback", tried=len(NAMES))


@pytest.mark.parametrize("what", ["replaced", "given another mode", "removed"])
def test_odd_names(host: Sandbox, what: str, tally: Any) -> None:
    """Each name is a step's own, not only one below its folder."""
    names = [os.fsdecode(name) for name in NAMES.values()]
    for name in names:
        (host.root / "odd" / name).write_text("x\n")
    back_and_forth(host, *[WORK[what](n, f"/odd/{name}") for n, name in enumerate(names, 1)])
    tally("odd names taken through apply and rollback", tried=len(names))


def test_a_dangling_link(host: Sandbox) -> None:
    os.symlink(b"nowhere\xff", os.fsencode(host.root) + b"/odd/dangling")
    for what in ("removed", "replaced by a folder", "moved"):
        back_and_forth(host, WORK[what](1, "/odd/dangling"))


@pytest.mark.parametrize("what", ALL)
def test_a_folder_with_a_list_for_what_is_new(host: Sandbox, what: str) -> None:
    run("setfacl", "-m", "u:1000:rwx,d:u:1000:rw,d:g:1000:r", str(host.root / "odd"))
    (host.root / "odd/it").write_text("x\n")
    back_and_forth(host, ALL[what])
