"""A real git repository of another user's, and a place for checkouts of it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import needs
from tree import listing

OWNER = 1000


class Ground:
    """A remote of a user's, and a place for checkouts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.remote = folder / "remote"
        self.app = folder / "app"
        self.first = ""

    def git(self, *argv: str, folder: Path | None = None) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
        who = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"]
        done = subprocess.run(
            ["git", *who, *argv], cwd=folder or self.remote, env=env, user=OWNER, group=OWNER,
            extra_groups=[], capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, files: dict[str, str | None], folder: Path | None = None) -> str:
        folder = folder or self.remote
        for name, text in files.items():
            path = folder / name
            if text is None:
                self.git("rm", "-q", name, folder=folder)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            for each in (path, *path.parents):
                if each.is_relative_to(folder):
                    os.chown(each, OWNER, OWNER)
            self.git("add", name, folder=folder)
        self.git("commit", "-qm", "x", folder=folder)
        return self.git("rev-parse", "HEAD", folder=folder)

    def look(self) -> dict[str, Any]:
        return listing(self.folder, ("remote", "state"))


@contextmanager
def repository() -> Iterator[Ground]:
    needs.root()
    needs.program("git")
    folder = Path(tempfile.mkdtemp(prefix="git-", dir="/var/tmp"))
    folder.chmod(0o755)
    made = Ground(folder)
    made.remote.mkdir()
    os.chown(made.remote, OWNER, OWNER)
    made.git("init", "-q")
    made.first = made.commit(
        {"a": "one\n", "b/c": "two\n", "b/old": "old\n", ".gitignore": "*.log\n"}
    )
    made.git("tag", "-am", "first", "v1")
    try:
        yield made
    finally:
        shutil.rmtree(folder)
