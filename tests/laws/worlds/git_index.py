"""The index of a real repository of another user: paths leave it, flags come and go."""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import needs
from hypothesis import strategies as st
from laws.world import SECRET, Meddling, World

from hardener.host.kinds.git_index import GitIndex, of
from hardener.host.resource import Want

OWNER = 1000
PATHS = ("a", "b c", "d/e", "d/ü", SECRET)
flags = st.sampled_from(["-", "assume-unchanged", "skip-worktree"])


def git(folder: Path, *argv: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    names = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
    done = subprocess.run(
        ["git", *names, *argv],
        cwd=folder, env=env, user=OWNER, group=OWNER, extra_groups=[], capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@cache
def template() -> Path:
    """A repository to copy: making one takes longer than all else."""
    needs.root()
    needs.program("git")
    folder = Path(tempfile.mkdtemp(prefix="git-world-"))
    folder.chmod(0o755)
    for path in PATHS:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(path + "\n")
    for each in (folder, *folder.rglob("*")):
        os.chown(each, OWNER, OWNER)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "all")
    return folder


def untrack(path: str) -> Any:
    return lambda world: git(world.root, "rm", "-q", "--cached", path)


def move_on(path: str) -> Any:
    def work(world: Any) -> None:
        (world.root / path).write_text("other\n")
        git(world.root, "add", "--force", path)

    return work


class GitIndexes(World):
    """A wish is {path: flag, or None for out of the index}."""

    kind = "git_index"
    live = True
    wishes = st.dictionaries(st.sampled_from(PATHS), st.none() | flags, min_size=1).map(
        lambda d: [d]
    )
    secret = [{SECRET: None}, {"a": None}]
    meddling = st.sampled_from([
        Meddling([{"a": None}], untrack("d/e"), related=False),
        Meddling([{"a": "skip-worktree"}], untrack("b c"), related=False),
        Meddling([{"a": None}], move_on("a"), related=True),
    ])  # fmt: skip
    examples = 6

    def lay(self) -> None:
        self.root.rmdir()
        shutil.copytree(template(), self.root, symlinks=True, copy_function=shutil.copy2)
        for each in (self.root, *self.root.rglob("*")):
            os.chown(each, OWNER, OWNER, follow_symlinks=False)
        for each in (self.folder, *self.folder.parents):
            each.chmod(each.stat().st_mode | 0o055)  # git runs as the owner, who has to get there
        git(self.root, "status")  # writes what the copies' times are into the index

    def want(self, wish: Any, view: Any) -> Want:
        resource = GitIndex(str(self.root))
        entries = view.read(resource).by_path()
        for path, flag in wish.items():
            known = entries.pop(path, None)
            if flag and known:
                entries[path] = tuple((*entry[:3], flag) for entry in known)
        return Want(resource, of(entries))

    def asked(self, key: str, wishes: Any) -> bool:
        return key == ".git/index"

    def after_death(self) -> dict[str, Any]:
        """Another program writes the file: where it is killed the bytes may be its own."""
        return self.meaning()

    def meaning(self) -> dict[str, Any]:
        debug = git(self.root, "ls-files", "-s", "-v")
        return {**{k: v for k, v in self.look().items() if ".git/" not in k}, "index": debug}


WORLD = GitIndexes
