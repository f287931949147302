"""Hosts to die on: the sample droplet, and a tree in which every step type has something to do."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tree import lay

from hardener.connect.packing import whole
from hardener.demo import droplet
from hardener.fleet.compose.composer import Composer
from hardener.host import facts
from hardener.host.door.system import System
from hardener.inventory import load
from hardener.playbook import read_playbook
from hardener.playbook.files import search_path
from hardener.render import Renderer
from hardener.render.variables import for_host
from hardener.resources import data_dir

HERE = Path(__file__).parent
TRADER = 1000
PROGRAMS = ("sh", "cat", "cp", "mkdir", "rmdir", "rm", "git", "git-upload-pack")
FILES: dict[str, Any] = {
    "/etc/motd": "hello\n",
    "/etc/plain": {"content": "plain\n", "mode": "0644"},
    "/etc/suid": {"content": "suid\n", "mode": "4711", "owner": 0},
    "/etc/unwanted": {"content": "unwanted\n", "mode": "0640", "owner": TRADER},
    "/etc/other-link": {"link": "plain"},
    "/etc/becomes-link": {"content": "a file\n", "mode": "0604", "owner": TRADER},
    "/etc/becomes-file": {"link": "plain"},
    "/etc/ssh/sshd_config": "# kept\nPort 22\n#PermitRootLogin yes\n",
    "/etc/app.ini": "; kept\n[server]\nport = 80\n\n[old]\ngone = 1\nstays = 2\n",
    "/etc/logrotate.d/dpkg": "/var/log/dpkg.log {\n\tmonthly\n}\n",
    "/etc/logrotate.conf": "weekly\ninclude /etc/logrotate.d\n",
    "/etc/sysctl.d/10-x.conf": "kernel.printk = 3\n",
    "/etc/fstab": "# kept\n/swap3 none swap sw 0 0\n",
    "/etc/systemd/system/app.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
    "/srv/old": {"directory": True, "mode": "0755", "owner": TRADER},
    "/srv/old/kept": "kept\n",
    "/srv/empty": {"directory": True, "mode": "0711"},
    "/srv/becomes-file": {"directory": True, "mode": "0711"},
    "/srv/here": {"directory": True},
    "/srv/here/big": "big\n" * 1000,
    "/srv/data": "data\n",
    "/srv/data2": "data2\n",
    "/srv/repo/a.log": "tracked by mistake\n",
    "/srv/repo/a.py": "pass\n",
    "/var/lib": {"directory": True},
    "/var/log/app": {"directory": True},
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A playbook, and the unbooted tree that it is played on."""

    name: str
    playbook: Path
    lay: Callable[[Path], None]
    variables: tuple[tuple[str, str], ...] = ()
    databases: tuple[str, ...] = ()  # SQLite sees to it that a reader finds them whole
    opaque: tuple[str, ...] = ()  # what a command of the playbook's own writes, as it likes

    def message(self, root: Path) -> dict[str, Any]:
        """The play as a controller would send it."""
        inventory = load(())
        play = read_playbook(self.playbook).plays[0]
        given = for_host(
            inventory.localhost, inventory,
            play_vars={**play.vars, **dict(self.variables)},
            facts=facts.gather(System(str(root))),
        )  # fmt: skip
        composer = Composer(play, 1, Renderer(given, search_path(self.playbook)))
        return whole(composer.message(self.playbook.name))


def lay_droplet(root: Path) -> None:
    """Lay it with data of tomorrow: a check asks whether it is still produced, and dying takes hours."""
    droplet.lay(root)
    tomorrow = time.time() + 86_400
    for path in root.glob("home/trader/trading-system/backend/data/*.json"):
        os.utime(path, (tomorrow, tomorrow))


def lay_every(root: Path) -> None:
    """Lay files of all types, a repository and databases of another user, and the programs for them."""
    lay(root, FILES)
    os.setxattr(root / "etc/plain", "user.kept", b"kept") if _xattrs(root) else None
    (root / "swap3").write_bytes(signed(64 << 10))
    (root / "swap3").chmod(0o600)
    for name, mode in (("trades", "delete"), ("wal", "wal")):
        _database(root / f"srv/{name}.db", mode)
    _repository(root / "srv/repo")
    for folder in ("srv", "srv/here"):
        os.chown(root / folder, TRADER, TRADER)
    lay_programs(root)


def _xattrs(root: Path) -> bool:
    try:
        os.setxattr(root / "etc/plain", "user.try", b"")
        os.removexattr(root / "etc/plain", "user.try")
    except OSError:
        return False
    return True


def signed(size: int) -> bytes:
    from hardener.host.swap import header

    found = header.Header(size // header.PAGE, "0b2d1a3c-0000-4000-8000-0123456789ab", "three")
    return header.first_page(found).ljust(size, b"\0")


def _database(path: Path, mode: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA journal_mode = {mode}")
        db.execute("CREATE TABLE trades (id INTEGER PRIMARY KEY, date, symbol, status)")
        rows = [(f"2026-01-{n % 28:02}", f"S{n % 7}", n % 3) for n in range(400)]
        db.executemany("INSERT INTO trades (date, symbol, status) VALUES (?, ?, ?)", rows)
    db.close()
    os.chown(path, TRADER, TRADER)


def _repository(folder: Path) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    names = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
    for words in (["init", "-q"], ["add", "."], [*names, "commit", "-qm", "all"]):
        subprocess.run(["git", *words], cwd=folder, env=env, check=True)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, TRADER, TRADER)


def lay_programs(folder: Path) -> None:
    """Lay the programs that the play runs, and what they load."""
    for name in PROGRAMS:
        found = shutil.which(name)
        assert found
        loaded = subprocess.run(["ldd", found], capture_output=True, text=True, check=True).stdout
        _copy(found, folder / "usr/bin" / name)
        for word in loaded.split():
            if word.startswith("/"):
                _copy(word, folder / word.lstrip("/"))
    (folder / "bin").symlink_to("usr/bin")
    (folder / "dev").mkdir()
    (folder / "dev/null").touch(0o666)  # git opens it; a device would not do: nodev
    (folder / "dev/null").chmod(0o666)
    (folder / "dev/urandom").write_bytes(bytes(range(256)) * 16)  # names git's temporary files


def _copy(source: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copy(source, target)


SCENES = {
    "droplet": Scene(
        "droplet",
        data_dir("playbooks") / "droplet.yml",
        lay_droplet,
        (("swap_size", "1M"),),
        databases=("home/trader/trading-system/backend/data/trade_history/trades.db",),
    ),
    "every": Scene(
        "every",
        HERE / "every.yml",
        lay_every,
        databases=("srv/trades.db", "srv/wal.db"),
        opaque=("srv/data", "srv/made", "srv/done", "srv/noted", "srv/built", "srv/clone"),
    ),
}
