"""What a hostile user has planted before root came: every trick at the place of every step's file.

Nothing outside the user's folder may be read, written or change hands, and nothing may hang (F36).
The same with the tricks going on meanwhile is test_race.py.
"""

import functools
import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from faults.hostile import canaries
from sandbox import Sandbox, step
from tree import GROUP, PASSWD, lay

TRADER = 1000
HOME = "/home/trader"
APP = HOME + "/app"
DEADLINE = 60  # seconds; a play takes a fraction of one

BOB = "bob:x:2000:2000::/home/bob:/bin/sh\n"
FILES = {
    "/etc/passwd": PASSWD + BOB,
    "/etc/group": GROUP + "bob:x:2000:\n",
    APP + "/app.conf": "a = 1\n",
    APP + "/.gitignore": "*.pyc\n",
    APP + "/supervisord.conf": "[supervisord]\n\n[program:x]\ncommand=/bin/true\n",
}
FULL = {"owner": "trader", "group": "trader", "mode": "0666"}  # what would give it to everybody


@functools.cache
def steps() -> dict[str, tuple[str, dict[str, Any]]]:
    """{name: (the file that it works on, step)}; each would hand over or fill what it is led to."""
    conf, link = APP + "/app.conf", {"state": "link", "target": "x"}
    return {
        "file content": (conf, step("file", path=conf, content="new\n", **FULL)),
        "file attributes": (conf, step("file", path=conf, **FULL)),
        "file followed": (conf, step("file", path=conf, follow=True, **FULL)),
        "file below": (conf, step("file", path=APP, state="directory", recurse=True, **FULL)),
        "file as folder": (conf, step("file", path=conf, state="directory", **FULL)),
        "file as link": (conf, step("file", path=conf, owner="trader", group="trader", **link)),
        "file away": (conf, step("file", path=conf, state="absent")),
        "line": (conf, step("line", path=conf, line="b = 2", create=True, **FULL)),
        "block": (conf, step("block", path=conf, id="ours", content="b = 2\n", create=True, **FULL)),
        "ini": (conf, step("ini", path=conf, set={"program:x": {"b": "2"}}, create=True, **FULL)),
        "gitignore": (
            APP + "/.gitignore",
            step("gitignore", repo=APP, patterns=["*.log"], section="Logs"),
        ),
        "supervisor": (
            APP + "/supervisord.conf",
            step("supervisor", config=APP + "/supervisord.conf", programs="*", options={"startretries": 3}),
        ),
        "indexes": (
            APP + "/trades.db",
            step("indexes", sqlite=APP + "/trades.db", table="trades", columns=["date"]),
        ),
        "move": (conf, step("move", src=conf, dest=HOME + "/moved.conf")),
        "git index": (
            APP + "/.git/index",
            step("gitignore", repo=APP, patterns=["app.conf"], section="Conf", untrack=True),
        ),
    }  # fmt: skip


def link(target: str, uid: int = TRADER) -> Callable[[Path, Path], None]:
    def plant(root: Path, victim: Path) -> None:
        victim.symlink_to(target)
        os.chown(victim, uid, uid, follow_symlinks=False)

    return plant


def hard(canary: str) -> Callable[[Path, Path], None]:
    return lambda root, victim: os.link(root / canary, victim)


def fifo(root: Path, victim: Path) -> None:
    os.mkfifo(victim, 0o666)
    os.chown(victim, TRADER, TRADER)


def unix_socket(root: Path, victim: Path) -> None:
    end = socket.socket(socket.AF_UNIX)
    folder = os.open(victim.parent, os.O_PATH)
    end.bind(f"/proc/self/fd/{folder}/{victim.name}")
    os.close(folder)
    end.close()


def folder_of(canary_folder: str) -> Callable[[Path, Path], None]:
    """The folder itself is led away: the file's name is then one of a canary."""

    def plant(root: Path, victim: Path) -> None:
        folder = victim.parent
        folder.rename(folder.with_name("app.away"))
        link(canary_folder)(root, folder)

    return plant


PLANTS: dict[str, Callable[[Path, Path], None]] = {
    "link to a root's file": link("/etc/app.conf"),
    "link upwards": link("../../../etc/app.conf"),
    "link of root": link("/root/secret", uid=0),
    "link to nothing there": link("/etc/cron.d/new"),
    "link to a user": link("/home/bob/public"),
    "link to a folder": link("/root"),
    "link in two steps": link("../../bob/public"),
    "hard link to a root's file": hard("etc/app.conf"),
    "hard link to a secret": hard("root/secret"),
    "hard link to a user's": hard("home/bob/diary"),
    "hard link to set-user-ID": hard("usr/local/bin/suid"),
    "fifo": fifo,
    "socket": unix_socket,
    "folder led to /etc": folder_of("/etc"),
    "folder led to /root": folder_of("../../root"),
    "folder led to bob": folder_of("/home/bob"),
}


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Path]:
    """A tree with the canaries and the user's folder, and a limit for the whole test."""
    needs.root()
    needs.program("git", "chattr")
    lay(tmp_path, FILES)
    canaries.lay(tmp_path)
    _git_and_database(tmp_path / APP[1:])
    subprocess.run(["chown", "-R", f"{TRADER}:{TRADER}", tmp_path / HOME[1:]], check=True)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    yield tmp_path
    signal.alarm(0)


def _git_and_database(app: Path) -> None:
    import sqlite3

    database = sqlite3.connect(app / "trades.db")
    database.execute("CREATE TABLE trades (date TEXT)")
    database.close()
    for words in (["init", "-q"], ["add", "app.conf"]):
        subprocess.run(["git", "-C", app, *words], check=True)


@pytest.mark.root
@pytest.mark.parametrize("trick", PLANTS)
def test_nothing_outside_is_touched(trick: str, ground: Path, tally: Callable[..., None]) -> None:
    lost = [name for name in steps() if harm(trick, name, ground)]
    tally("planted links, fifos and folders", tried=len(steps()), lost=len(lost))


def harm(trick: str, name: str, ground: Path) -> bool:
    """Play one step on a fresh copy with the trick laid; tell whether anything outside came to harm."""
    root = ground.with_name(f"{ground.name}-{name.replace(' ', '-')}")
    subprocess.run(["cp", "-a", ground, root], check=True)
    victim, call = steps()[name]
    place = root / victim[1:]
    place.unlink()
    PLANTS[trick](root, place)
    before = canaries.state(root)
    host = Sandbox(root)
    signal.alarm(DEADLINE)
    said = [json.dumps(event) for event in played(host, call)]
    signal.alarm(0)
    found = {
        "changed": [path for path, was in before.items() if canaries.state(root)[path] != was],
        "spilled": canaries.spilled(root),
        "told": [line for line in said if canaries.WORD in line],
    }
    print(trick, "|", name, "|", found)
    return any(found.values())


def played(host: Sandbox, call: dict[str, Any]) -> Iterator[Any]:
    """Apply and roll back; whatever was refused is fine."""
    status = host.play(call)
    yield from host.events
    if status == "changed":
        assert host.rollback() == "rolled back", host.events
        yield from host.events
