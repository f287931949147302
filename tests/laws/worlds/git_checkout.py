"""The work tree of a real repository of another user's: commits and branches, with edits beside them."""

import os
from typing import Any

from hypothesis import strategies as st
from laws.world import Meddling, World
from laws.worlds.git_repository import OWNER, copied, git, opened, template

from hardener.host.kinds.git_checkout import CheckoutState, GitCheckout
from hardener.host.resource import Want


def edited(name: str) -> Any:
    def work(world: Any) -> None:
        (world.root / name).write_text("edited\n")

    return work


def untracked(world: Any) -> None:
    path = world.root / "d" / "own"
    path.write_text("own\n")
    os.chown(path, OWNER, OWNER)


def committed(world: Any) -> None:
    git(world.root, "commit", "-q", "--allow-empty", "-m", "own")


class GitCheckouts(World):
    """A wish is (commit, branch)."""

    kind = "git_checkout"
    live = True
    wishes = st.tuples(st.sampled_from("123"), st.sampled_from(["", "main", "feature/x"])).map(
        lambda wish: [wish]
    )
    secret = [("3", "")]  # it stands in a file of that commit
    meddling = st.sampled_from([
        Meddling([("2", "main")], edited("same"), related=False),
        Meddling([("2", "main")], untracked, related=False),
        Meddling([("2", "")], edited("a"), related=True),
        Meddling([("2", "main")], committed, related=True),
    ])  # fmt: skip
    examples = 5

    def lay(self) -> None:
        copied(template()[0], self.root)
        opened(self.folder)
        git(self.root, "checkout", "-q", template()[1]["1"])
        git(self.root, "status")  # writes what the copies' times are into the index

    def want(self, wish: Any, view: Any) -> Want:
        name, branch = wish
        return Want(GitCheckout(str(self.root)), CheckoutState(template()[1][name], branch))

    def asked(self, key: str, wishes: Any) -> bool:
        return key.startswith((".git", "a", "d", "secret"))

    def meaning(self) -> dict[str, Any]:
        here = {key: value for key, value in self.look().items() if not key.startswith(".git")}
        return {**here, "status": git(self.root, "status", "--porcelain", "--branch")}


WORLD = GitCheckouts
