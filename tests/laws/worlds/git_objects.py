"""The objects of a real repository of another user's, loose and in packs, some that nothing refers to."""

import os
from typing import Any

from hypothesis import strategies as st
from laws.world import Meddling, World
from laws.worlds.git_repository import OWNER, copied, git, opened, template
from tree import listing

from hardener.host.kinds.git_objects import GitObjects, Objects
from hardener.host.resource import Want


def added(world: Any) -> None:
    """Somebody's new object, which no run has seen."""
    (world.root / "own").write_text("own")
    git(world.root, "hash-object", "-w", "own")


class ManyObjects(World):
    kind = "git_objects"
    live = True
    wishes = st.just([True])
    first = st.just([])
    meddling = st.just(Meddling([True], added, related=False))
    always_merged = "files of objects never change: what others make lies beside them"
    without = {9: "objects are never shown"}
    examples = 4

    def lay(self) -> None:
        copied(template()[0], self.root)
        opened(self.folder)
        for number in range(2):
            (self.root / "a").write_text(f"{number}")
            os.chown(self.root / "a", OWNER, OWNER)
            git(self.root, "commit", "-qam", "more")
            git(self.root, "repack", "-q", "-d")
        git(self.root, "reset", "-q", "--hard", "HEAD~1")
        git(self.root, "reflog", "expire", "--expire=now", "--all")
        (self.root / "loose").write_text("loose")
        git(self.root, "hash-object", "-w", "loose")

    def want(self, wish: Any, view: Any) -> Want:
        return Want(GitObjects(str(self.root)), Objects(wish))

    def look(self) -> dict[str, Any]:
        """All but the index, which knows the times of the work tree's files."""
        return listing(self.root / ".git", leave_out=("index",))

    def asked(self, key: str, wishes: Any) -> bool:
        return bool(wishes) and key.startswith("objects")


WORLD = ManyObjects
