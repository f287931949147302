"""A file, a folder with something in it, and a link change their places."""

from typing import Any

from hypothesis import strategies as st
from laws.world import Meddling, World

from hardener.host.kinds.move import Move, MoveState
from hardener.host.resource import Want

SOURCES = ("file", "folder", "link")


def replace(world: Any) -> None:
    """Somebody makes the old place anew."""
    (world.root / "srv/folder").mkdir()


def edit(world: Any) -> None:
    """Somebody works below it, wherever it is."""
    there, here = world.root / "there/folder moved/x/y", world.root / "srv/folder/x/y"
    (there if there.exists() else here).write_text("theirs\n")


class Moves(World):
    kind = "move"
    files = {
        "/srv/file": {"content": "f\n", "mode": "0600", "owner": 1000},
        "/srv/folder/x/y": "y\n",
        "/srv/link": {"link": "folder/x"},
        "/there": {"directory": True, "mode": "0750"},
        "/other": "untouched\n",
    }
    wishes = st.lists(st.sampled_from(SOURCES), min_size=1, unique=True)
    meddling = st.sampled_from([
        Meddling(["folder"], replace, related=True),
        Meddling(["folder", "file"], edit, related=False),
    ])  # fmt: skip
    without = {9: "the places are its id; what lies there it never reads"}

    def want(self, wish: Any, view: Any) -> Want:
        return Want(Move(f"/srv/{wish}", f"/there/{wish} moved"), MoveState("target"))

    def asked(self, key: str, wishes: Any) -> bool:
        return any(key.startswith((f"srv/{wish}", f"there/{wish} moved")) for wish in wishes)


WORLD = Moves
