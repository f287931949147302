"""Commands that say what they touch."""

from typing import Any

from hypothesis import strategies as st
from laws.world import SECRET, Meddling, World

from hardener.host.kinds.command import CommandState
from hardener.host.resource import Resource, Want

TOUCHES = {
    "append": "echo more >> a",
    "make": "mkdir -p new/deep && echo x > new/deep/f && chmod 600 new/deep/f",
    "remove": "rm -rf b",
    "secret": f"echo {SECRET} > a",
}


def append(path: str) -> Any:
    def work(world: Any) -> None:
        with open(world.root / path, "a") as file:
            file.write("theirs\n")

    return work


def prepend(world: Any) -> None:
    path = world.root / "a"
    path.write_text("theirs\n" + path.read_text())


def rewrite(world: Any) -> None:
    (world.root / "a").write_text("all theirs\n")


class Commands(World):
    kind = "command"
    live = True
    files = {
        "/a": "a\n" + "line\n" * 5,
        "/b": {"directory": True},
        "/b/c": {"content": "c\n", "mode": "0600", "owner": 1000},
        "/other": "untouched\n",
    }
    wishes = st.lists(st.sampled_from(["append", "make", "remove"]), min_size=1, unique=True)
    secret = ["secret"]
    meddling = st.sampled_from([
        Meddling(["make"], append("other"), related=False),
        Meddling(["append"], prepend, related=False),
        Meddling(["append"], rewrite, related=True),
    ])  # fmt: skip
    without = {
        1: "only the journal knows that it ran",
        2: "it runs again unless a guard of the step holds it back",
    }
    examples = 6

    def want(self, wish: Any, view: Any) -> Want:
        here = str(self.root)
        touches = {"make": "/new", "remove": "/b"}.get(wish, "/a")
        state = CommandState(
            run=view.token, argv=("/bin/sh", "-c", TOUCHES[wish]), chdir=here, touches=(here + touches,)
        )  # fmt: skip
        return Want(Resource("command", f"1 {wish}"), state)

    def asked(self, key: str, wishes: Any) -> bool:
        return key != "other"


WORLD = Commands
