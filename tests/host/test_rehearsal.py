"""A rehearsal shows what is planned and leaves nothing: no byte, no mount, no process, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import needs
import pytest

from hardener.host.door.content import Content
from hardener.host.door.system import System
from hardener.host.kinds.file import new
from hardener.host.run.rehearsal import Rehearsal

KILLED = """
import sys, time
from hardener.host.run.rehearsal import Rehearsal
from hardener.host.door.system import System
with Rehearsal(System("/"), [(sys.argv[1], {})], network=True) as there:
    print(there.process, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    needs.root()
    for name in ("old", "same", "gone"):
        (tmp_path / name).write_text(f"{name}\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "kept").write_text("kept\n")
    (tmp_path / "link").symlink_to("same")
    return tmp_path


def mounts(folder: Path) -> list[str]:
    """What is mounted where a rehearsal mounts: below this test's folder, and on these."""
    places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [p for p in places if p.startswith(str(folder)) or p in ("/dev/shm", "/dev/log")]


def text(content: str):
    return new("file")._replace(content=Content.of(content.encode()), mode=0o640, uid=7, gid=8)


def planned(folder: Path):
    entries = {
        "old": text("new\n"),
        "made": text("made\n"),
        "same": None,
        "below": None,
        "link": None,
    }
    return Rehearsal(System("/"), [(str(folder), entries)])


def test_programs_see_what_is_planned(folder: Path) -> None:
    with planned(folder) as there:
        shown = there.run(
            ["sh", "-c", f"cd {folder}; ls; cat old made link below/kept; stat -c %a:%u:%g old"]
        )
    names = ["below", "link", "made", "old", "same"]
    assert shown.out.split() == [*names, "new", "made", "same", "kept", "640:7:8"]
    assert (folder / "old").read_text() == "old\n"
    assert (folder / "gone").exists()
    assert not (folder / "made").exists()


@pytest.mark.parametrize("path", ["made", "same", "below/kept", "below/other"])
def test_programs_write_nothing(folder: Path, path: str) -> None:
    with planned(folder) as there:
        ran = there.run(["sh", "-c", f"echo x >> {folder}/{path}"])
    assert "Read-only file system" in ran.err
    assert (folder / "same").read_text() == "same\n"
    assert [each.name for each in (folder / "below").iterdir()] == ["kept"]


def test_nothing_is_left(folder: Path) -> None:
    before = mounts(folder)
    with planned(folder) as there:
        process = there.process
        assert there.run(["true"]).ok
    assert mounts(folder) == before
    assert not Path(f"/proc/{process}").exists()


def test_nothing_is_left_when_killed(folder: Path) -> None:
    before = mounts(folder)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        child = process.stdout.readline().strip()
        assert child.isdigit()
        assert Path(f"/proc/{child}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        os.kill(process.pid, signal.SIGKILL)
    end = time.monotonic() + 30
    while Path(f"/proc/{child}").exists():
        assert time.monotonic() < end, "its child lives on"
        time.sleep(0.05)
    assert mounts(folder) == before
    assert (folder / "gone").exists()
