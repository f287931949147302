"""The host's own copy of a git repository: bare, fetched by git, of which one commit is laid out."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hardener.dataclass import dataclass
from hardener.errors import HardenerError

PULLED, APPLIED = "refs/harden/pulled", "refs/harden/applied"
PATIENCE = 600  # seconds for a fetch
# A hook or a filter of somebody's own settings has no business here; how to reach the repository has.
QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0")


@dataclass(frozen=True)
class Repository:
    """`url` as git takes it; `folder` is ours: the copy, and the files of the newest commit."""

    url: str
    folder: Path

    @classmethod
    def of(cls, url: str, state: Path) -> Repository:
        """Return the copy of this repository below a folder of state."""
        name = hashlib.sha256(url.encode()).hexdigest()[:16]
        return cls(url, state / "pull" / name)

    @property
    def tree(self) -> Path:
        """Where the files of the commit are laid out."""
        return self.folder / "tree"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let one pull at a time have it; HardenerError where another one does."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HardenerError("another pull of this repository is at work") from None
            self._clear()
            if not (self.folder / "git/HEAD").exists():
                self.git("init", "--quiet", "--bare", str(self.folder / "git"))
            yield
        finally:
            os.close(file)

    def _clear(self) -> None:
        """Remove what a git that was killed has left: its locks would stop every later pull."""
        for left in ("index.lock", "git/**/*.lock", "git/objects/pack/tmp_*"):
            for path in self.folder.glob(left):
                path.unlink()

    def branch(self, name: str | None) -> str:
        """Fetch a branch (None: the repository's own choice); return the commit."""
        wanted = f"refs/heads/{name}" if name else "HEAD"
        self.git("fetch", "--quiet", "--no-tags", "--", self.url, f"+{wanted}:{PULLED}")
        return self._commit(PULLED)

    def tag(self, pattern: str) -> tuple[str, str]:
        """Fetch the tags; return the newest by version that fits, and its commit."""
        self.git("fetch", "--quiet", "--prune", "--", self.url, "+refs/tags/*:refs/tags/*")
        found = self.git("for-each-ref", "--sort=-version:refname", "--count=1",
                         "--format=%(refname:strip=2)", f"refs/tags/{pattern}").strip()  # fmt: skip
        if not found:
            raise HardenerError(f"there is no tag {pattern} in {self.url}")
        return found, self._commit(f"refs/tags/{found}")

    def reachable(self) -> bool:
        """Does a new connection to the repository come through?"""
        try:
            self.git("ls-remote", "--quiet", "--", self.url, "HEAD", seconds=60)
        except HardenerError:
            return False
        return True

    def follows(self, commit: str) -> bool:
        """Is it the commit that was applied last, or one that builds on it?"""
        last = self.git("for-each-ref", "--format=%(objectname)", APPLIED).strip()
        if not last:
            return True
        try:
            self.git("merge-base", "--is-ancestor", last, commit)
        except HardenerError:
            return False
        return True

    def lay_out(self, commit: str) -> Path:
        """Lay out the files of a commit, whole or not at all; return where."""
        fresh, old = self.folder / "tree.new", self.folder / "tree.old"
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        index = {"GIT_INDEX_FILE": str(self.folder / "index"), "GIT_WORK_TREE": str(fresh)}
        self.git("read-tree", commit, more=index)
        self.git("checkout-index", "--all", "--quiet", more=index, cwd=fresh)
        if self.tree.exists():
            self.tree.rename(old)
        fresh.rename(self.tree)
        shutil.rmtree(old, ignore_errors=True)
        return self.tree

    def applies(self, commit: str) -> None:
        """Note that this commit is the one that is applied last: see `follows`."""
        self.git("update-ref", APPLIED, commit)

    def _commit(self, ref: str) -> str:
        return self.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").strip()

    def git(
        self,
        *words: str,
        more: Mapping[str, str] | None = None,
        settings: tuple[str, ...] = (),
        cwd: Path | None = None,
        seconds: float = PATIENCE,
    ) -> str:
        """Run git on the copy and return what it prints; HardenerError with its own words."""
        environment = {
            **os.environ,
            "GIT_DIR": str(self.folder / "git"),
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            **(more or {}),
        }
        try:
            done = subprocess.run(
                ["git", *QUIET, *settings, *words], env=environment, cwd=cwd, timeout=seconds,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
            )  # fmt: skip
        except FileNotFoundError:
            raise HardenerError("git is not installed here") from None
        except subprocess.TimeoutExpired:
            raise HardenerError(f"git {words[0]} took more than {seconds:.0f} s") from None
        if done.returncode:
            raise HardenerError(f"git {words[0]} failed", why=done.stderr.strip())
        return done.stdout
