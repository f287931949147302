"""Access lists do what chmod(1) and touch(1) would have done with them."""

import os
from pathlib import Path
from typing import Any

import pytest
from faults.disk.disks import run
from faults.odd.test_kept import back_and_forth
from sandbox import Sandbox, step

FOLDER, FILE = "user::rwx,user:1000:rwx,group::r-x,mask::rwx,other::r-x", "u:1000:rwx,g:7:rw"


def lists(path: Path) -> str:
    return run("getfacl", "--absolute-names", "--omit-header", "--numeric", str(path))


@pytest.mark.parametrize("mode", ["0600", "0640", "0666", "0777", "2710", "0007"])
@pytest.mark.parametrize("given", [FILE, "u:1000:r,m::-"])
def test_a_mode_is_what_chmod_makes_of_it(host: Sandbox, mode: str, given: str, tally: Any) -> None:
    ours, theirs = host.root / "odd/ours", host.root / "odd/theirs"
    for path in (ours, theirs):
        path.write_text("x\n")
        run("setfacl", "-m", given, str(path))
    assert host.play(step("file", path="/odd/ours", mode=mode)) == "changed", host.errors()
    run("chmod", mode, str(theirs))
    assert (lists(ours), ours.stat().st_mode) == (lists(theirs), theirs.stat().st_mode)
    assert host.rollback() == "rolled back"
    tally("access lists under a new mode", tried=1)


@pytest.mark.parametrize("default", [FOLDER, "user::rwx,group::r-x,other::---"])
def test_what_is_new_takes_the_list_of_its_folder(host: Sandbox, default: str) -> None:
    run("setfacl", "-d", "--set", default, str(host.root / "odd"))
    theirs = [host.root / "odd/theirs", host.root / "odd/theirs.d"]
    theirs[0].touch()
    theirs[0].chmod(0o640)
    theirs[1].mkdir()
    theirs[1].chmod(0o750)
    steps = [
        step("file", 1, path="/odd/ours", content="x\n", mode="0640"),
        step("file", 2, path="/odd/ours.d", state="directory", mode="0750"),
        step("file", 3, path="/odd/a/b/c", state="directory"),
    ]
    back_and_forth(host, *steps)
    assert host.play(*steps) == "changed"
    ours = [host.root / "odd/ours", host.root / "odd/ours.d"]
    assert list(map(lists, ours)) == list(map(lists, theirs))
    assert "default:" in lists(host.root / "odd/a/b/c")


def test_a_file_without_a_list_does_not_get_one(host: Sandbox) -> None:
    """It is written anew in a folder that gives one to all new files."""
    (host.root / "odd/it").write_text("one\n")
    run("setfacl", "-d", "--set", FOLDER, str(host.root / "odd"))
    assert host.play(step("line", path="/odd/it", line="two")) == "changed", host.errors()
    assert os.listxattr(host.root / "odd/it") == []
