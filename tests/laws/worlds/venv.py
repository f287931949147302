"""A virtual environment by the real Python, which is made; there or not is all that it can be."""

from typing import Any

from hypothesis import strategies as st
from laws.world import Meddling, World
from wheels import PYTHON

from hardener.host.kinds.venv import Venv, VenvState
from hardener.host.resource import Want


def own_file(world: Any) -> None:
    (world.folder / "own").write_text("own")


def no_environment(world: Any) -> None:
    cfg = world.root / "pyvenv.cfg"
    cfg.write_text(cfg.read_text().replace("packages = false", "packages = true"))


class Venvs(World):
    """A wish is whether it sees the system's packages."""

    kind = "venv"
    live = True
    wishes = st.just([False])
    first = st.just([])
    secret = [False]
    meddling = st.sampled_from([
        Meddling([False], own_file, related=False),
        Meddling([False], no_environment, related=True),
    ])  # fmt: skip
    examples = 1

    def want(self, wish: Any, view: Any) -> Want:
        return Want(Venv(str(self.root)), VenvState(True, 0, wish, PYTHON))

    def asked(self, key: str, wishes: Any) -> bool:
        return True


WORLD = Venvs
