"""The .git folder of a real repository of another user's, which is made, and fetches from another one."""

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

from hardener.host.git.remote import PINNED
from hardener.host.kinds.git_repository import GitRepository, RepositoryState
from hardener.host.resource import Want

OWNER = 1000
TEXTS = {"same": "same\n", "secret": SECRET}
REFS = {"refs/remotes/origin/main": ("1", "2"), "refs/tags/t": ("1",), PINNED: ("1", "3")}


def git(folder: Path, *argv: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
           "GIT_COMMITTER_DATE": "2020-01-01T00:00Z", "GIT_AUTHOR_DATE": "2020-01-01T00:00Z"}  # fmt: skip
    who = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *argv], cwd=folder, env=env, user=OWNER, group=OWNER, extra_groups=[],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@cache
def template() -> tuple[Path, dict[str, str]]:
    """A repository to copy, and its commits: 1 and 2 on main, 3 beside them."""
    needs.root()
    needs.program("git")
    folder = Path(tempfile.mkdtemp(prefix="git-world-"))
    folder.chmod(0o755)
    os.chown(folder, OWNER, OWNER)
    git(folder, "init", "-q")
    commits = {}
    for name in ("1", "2", "3"):
        if name == "3":
            git(folder, "checkout", "-qb", "side")
        for path in ("a", "d/" + name, "same", "secret" if name == "3" else "a"):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(TEXTS.get(path, name + "\n"))
        for each in folder.rglob("*"):
            os.chown(each, OWNER, OWNER)
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", name)
        commits[name] = git(folder, "rev-parse", "HEAD")
        if name == "1":
            git(folder, "tag", "t")
    git(folder, "checkout", "-q", "main")
    return folder, commits


def copied(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, copy_function=shutil.copy2, dirs_exist_ok=True)
    for each in (target, *target.rglob("*")):
        os.chown(each, OWNER, OWNER, follow_symlinks=False)


def opened(folder: Path) -> None:
    """git runs as the owner, who has to get there."""
    for each in (folder, *folder.parents):
        each.chmod(each.stat().st_mode | 0o055)


def branched(world: Any) -> None:
    git(world.root, "update-ref", "refs/heads/own", template()[1]["1"])


def untracked(world: Any) -> None:
    (world.root / "own").write_text("own")


class GitRepositories(World):
    """A wish is (end of the url, {ref: commit})."""

    kind = "git_repository"
    live = True
    wishes = st.tuples(
        st.sampled_from(["", "/", "/."]),
        st.fixed_dictionaries({}, optional={ref: st.sampled_from(v) for ref, v in REFS.items()}),
    ).map(lambda wish: [wish])
    first = st.just([]) | wishes
    secret = [("/../remote/" + SECRET + "/..", {})]
    meddling = st.sampled_from([
        Meddling([("", {PINNED: "1"})], branched, related=True),
        Meddling([("", {"refs/tags/t": "1"})], untracked, related=False),
    ])  # fmt: skip
    examples = 4

    def lay(self) -> None:
        copied(template()[0], self.folder / "remote")
        os.chown(self.root, OWNER, OWNER)
        opened(self.folder)

    def want(self, wish: Any, view: Any) -> Want:
        end, refs = wish
        resource = GitRepository(str(self.root))
        there = view.read(resource)
        state = there if there.exists else RepositoryState(True, OWNER)
        state = state._replace(remotes=(("origin", f"file://{self.folder}/remote{end}"),))
        for ref, name in refs.items():
            state = state.having(ref, template()[1][name])
        return Want(resource, state)

    def asked(self, key: str, wishes: Any) -> bool:
        return key.startswith(".git")


WORLD = GitRepositories
