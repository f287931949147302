"""What can't be kept, or can't be changed at all, is refused in the preview, with a word, and nothing changes.

Proves F15 (docs/SAFETY.md).
"""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.disk.disks import run
from faults.odd.looks import look
from sandbox import Sandbox, step

IT = "/odd/it"
REPLACE = step("file", path=IT, content="new\n")
MODE = step("file", path=IT, mode="0600")
REMOVE = step("file", path=IT, state="absent")
LINE = step("line", path=IT, line="three")
MOVE = step("move", src=IT, dest="/odd/there")
INTO = step("move", src="/etc/passwd", dest="/odd/")
NEW = step("file", path="/odd/new", content="new\n")
FOLDER = step("file", path="/odd", state="absent")
RECURSE = step("file", path="/odd", state="directory", mode="0750", recurse=True)


def chattr(flag: str, path: str = IT) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        (root / "odd/it").write_text("one\n")
        run("chattr", flag, str(root / path.lstrip("/")))

    return make


def linked(root: Path) -> None:
    (root / "odd/it").write_text("one\n")
    os.link(root / "odd/it", root / "etc/other")


def bound(root: Path) -> None:
    (root / "odd/it").write_text("one\n")
    (root / "etc/other").write_text("other\n")
    run("mount", "--bind", str(root / "etc/other"), str(root / "odd/it"))


def bound_folder(root: Path) -> None:
    (root / "odd/it").mkdir()
    (root / "srv").mkdir()
    run("mount", "--bind", str(root / "srv"), str(root / "odd/it"))


def listening(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(f"{root}/odd/it")


IMMUTABLE, APPEND = "/odd/it is immutable", "/odd/it is append-only"
SHUT, NAMES, MOUNT = "/odd is immutable", "is one of 2 names", "/odd/it is a mount point"
SPECIAL = "/odd/it is a device, socket or fifo"
REFUSED: dict[str, tuple[Callable[[Path], None], str, list[dict[str, Any]]]] = {
    "chattr +i": (chattr("+i"), IMMUTABLE, [REPLACE, MODE, REMOVE, LINE, MOVE, FOLDER, RECURSE]),
    "chattr +a": (chattr("+a"), APPEND, [REPLACE, MODE, REMOVE, LINE, MOVE, FOLDER, RECURSE]),
    "chattr +i of the folder": (
        chattr("+i", "/odd"), SHUT, [REPLACE, REMOVE, LINE, MOVE, INTO, NEW, FOLDER, RECURSE],
    ),
    "chattr +a of the folder": (
        chattr("+a", "/odd"), "/odd is append-only", [REPLACE, REMOVE, LINE, MOVE, INTO, NEW],
    ),
    "another name": (linked, NAMES, [REPLACE, REMOVE, LINE, FOLDER]),
    "a file mounted over it": (bound, MOUNT, [REPLACE, REMOVE, LINE, MOVE, FOLDER]),
    "a folder mounted over it": (bound_folder, MOUNT, [REMOVE, MOVE, FOLDER]),
    "a fifo": (lambda root: os.mkfifo(root / "odd/it"), SPECIAL, [REPLACE, REMOVE, FOLDER]),
    "a device": (
        lambda root: os.mknod(root / "odd/it", 0o20600, os.makedev(1, 3)), SPECIAL, [REPLACE, REMOVE],
    ),
    "a socket": (listening, SPECIAL, [REPLACE, REMOVE, FOLDER]),
}  # fmt: skip


@pytest.fixture
def host(host: Sandbox) -> Iterator[Sandbox]:
    yield host
    subprocess.run(["umount", "--quiet", str(host.root / "odd/it")], check=False)


@pytest.mark.parametrize("what", REFUSED)
def test_refused(host: Sandbox, what: str, tally: Any) -> None:
    make, word, steps = REFUSED[what]
    make(host.root)
    before = look(host.root)
    for call in steps:
        for dry_run in (True, False):
            assert host.play(call, dry_run=dry_run) == "refused", (call, host.errors())
            assert word in host.errors(), call
            assert look(host.root) == before
    tally("changes of what can't be changed, refused", tried=2 * len(steps))


ALLOWED = {"another name": (linked, [MODE, MOVE]), "a file mounted over it": (bound, [MODE])}


@pytest.mark.parametrize("what", ALLOWED)
def test_what_does_not_take_the_name_away(host: Sandbox, what: str) -> None:
    make, steps = ALLOWED[what]
    make(host.root)
    before = look(host.root)
    for call in steps:
        assert host.play(call) == "changed", host.errors()
        assert host.rollback() == "rolled back", host.events
        assert look(host.root) == before


def test_names_made_since_keep_what_they_have(host: Sandbox) -> None:
    """A backup of links, made after the run: the rollback goes on, and leaves it alone."""
    (host.root / "odd/it").write_text("one\n")
    assert host.play(REPLACE) == "changed"
    os.link(host.root / "odd/it", host.root / "etc/backup")
    assert host.rollback() == "rolled back", host.events
    assert (host.root / "odd/it").read_text() == "one\n"
    assert (host.root / "etc/backup").read_text() == "new\n"


def test_made_immutable_since(host: Sandbox) -> None:
    """The rollback says what it could not put back, and does when it may."""
    (host.root / "odd/it").write_text("one\n")
    assert host.play(REPLACE) == "changed"
    run("chattr", "+i", str(host.root / "odd/it"))
    assert host.rollback() == "partly rolled back"
    assert IMMUTABLE in str(host.events)
    run("chattr", "-i", str(host.root / "odd/it"))
    assert host.rollback() == "rolled back", host.events
    assert (host.root / "odd/it").read_text() == "one\n"
