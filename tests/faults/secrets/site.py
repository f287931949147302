"""`harden` against a tree on this machine, or a booted host by ssh; and the search on both sides."""

import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.secrets.plan import ASKED, BUGS, ENV, HOME, WORD, canary, hashed
from lab.host import Host
from lab.session import Lab

import hardener

PACKAGE = Path(hardener.__file__).parent
STATE = "var/lib/hardener"
SEARCH = ("grep", "-rlaF", "--devices=skip", "-f", "-")  # the words come by its input


class Watch:
    """Looks at arguments and environment of all processes, test hosts' too, again and again."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = [word.encode() for word in words]
        self._asked = tuple(name.encode() for name in ASKED)
        self._over = threading.Event()
        self.looks = 0
        self.seen: set[str] = set()

    def look(self) -> None:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            for name in ("cmdline", "environ"):
                try:
                    parts = Path(f"/proc/{pid}/{name}").read_bytes().split(b"\0")
                except OSError:
                    continue
                self.seen.update(
                    part.decode("utf-8", "replace") for part in parts if self._tells(part)
                )
        self.looks += 1

    def _tells(self, part: bytes) -> bool:
        return not part.startswith(self._asked) and any(word in part for word in self._words)

    @contextmanager
    def looking(self) -> Iterator[None]:
        thread = threading.Thread(target=self._look_on)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(0.01):
            self.look()


class Site:
    """One host, one controller; `way` is `local` or `ssh`."""

    def __init__(self, lab: Lab, host: Host, folder: Path, way: str) -> None:
        self.lab, self.host, self.folder, self.way = lab, host, folder, way
        for name in ("tmp", "state", "play"):
            (folder / name).mkdir()
        self.told: list[str] = []
        # Its own: other tests, of hosts that have the common one, may name that in an argument.
        self.password = secrets.token_hex(8)
        self.secrets = (WORD, hashed(), *((self.password,) if way == "ssh" else ()))
        if way == "ssh":
            host.run(["chpasswd"], input=f"ops:{self.password}\n")

    def _words(self) -> list[str]:
        if self.way == "local":
            return ["--root", str(self.host.root)]
        inventory = self.folder / "hosts.ini"
        inventory.write_text(f"h ansible_host={self.host.address} ansible_user=ops\n")
        return ["-i", str(inventory), "--ssh-config", str(self.lab.ssh_config), "-K"]

    def harden(self, *words: str, broken: bool = False) -> int:
        """Run it; all that it says is kept."""
        environment = {
            "XDG_STATE_HOME": str(self.folder / "state"),
            "TMPDIR": str(self.folder / "tmp"),
            "FORCE_COLOR": "",
            ENV: canary("controller-env"),
        }
        if broken:
            environment["PYTHONPATH"] = str(self._broken())
        done = self.lab.controller(
            [Path(sys.executable).with_name("harden"), *words, *self._words()],
            env=environment,
            input=self.password + "\n",
            check=False,
        )
        self.told.append(done.stdout + done.stderr)
        return done.returncode

    def _broken(self) -> Path:
        """Copy our code, with bugs in it."""
        place = self.folder / "broken"
        if not place.exists():
            shutil.copytree(
                PACKAGE, place / "hardener", ignore=shutil.ignore_patterns("__pycache__")
            )
            for name in ("schemas", "templates", "playbooks"):
                (place / name).symlink_to(PACKAGE.parent / name)
            for name, bug in BUGS.items():
                with (place / name).open("a") as code:
                    code.write(bug)
        return place

    # the search

    def leaks(self) -> list[str]:
        """Name all places, beside the files that were asked for and the snapshots, that hold a secret."""
        found = [
            f"said: {line}" for text in self.told for line in text.splitlines() if self._in(line)
        ]
        for folder in ("tmp", "state"):
            found += self._files(self.folder / folder)
        found += [
            path for path in self._files(self.host.folder / "upper") if not self._allowed(path)
        ]
        if self.way == "ssh":
            found += self._live()
        return found

    def _in(self, text: str) -> bool:
        return any(word in text for word in self.secrets)

    def _files(self, folder: Path) -> list[str]:
        done = subprocess.run(
            [*SEARCH, str(folder)], input="\n".join(self.secrets),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode < 2, done.stderr
        return done.stdout.splitlines()

    def _allowed(self, path: str) -> bool:
        inside = Path(path).relative_to(self.host.folder / "upper")
        return inside.is_relative_to(HOME.lstrip("/")) or inside.is_relative_to(f"{STATE}/blobs")

    def _live(self) -> list[str]:
        """Look where only a booted host has something: its journal, /run, /tmp, shared memory."""
        journal = self.host.sh("journalctl --no-pager -o verbose -a")
        found = [f"journal: {line}" for line in journal.splitlines() if self._in(line)]
        assert "sudo" in journal, "what sudo logs is not in the journal that was searched"
        places = ("/run", "/tmp", "/dev/shm", "/var/tmp")
        words = "\n".join(self.secrets)
        return found + self.host.run([*SEARCH, *places], input=words, check=False).stdout.split()

    def open_snapshots(self) -> list[str]:
        """Name what of the snapshot store others than its owner may read."""
        top = self.host.root / STATE
        return [
            str(path)
            for path in (top, *top.rglob("*"))
            if not path.is_symlink() and path.stat().st_mode & 0o077 and "code" not in path.parts
        ]

    def snapshots(self) -> int:
        """Count the stored blobs that hold a secret: none would mean that nothing was tried."""
        return len(self._files(self.host.root / STATE / "blobs"))
