"""Packages of a real virtual environment of another user's, from wheels in a folder."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from laws.world import SECRET, Meddling, World
from wheels import small_venv, wheel

from hardener.host.kinds.pip import Pip, of
from hardener.host.resource import Want

OWNER = 1000


@cache
def wheels() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wheels-", dir="/var/tmp"))
    folder.chmod(0o755)
    for name, version in (("lib", "1.0"), ("lib", "1.1"), ("app", "1.0"), (SECRET, "1.0")):
        wheel(folder, name, version)
    return folder


def other(world: Any) -> None:
    site = next(world.root.glob("lib/python3*/site-packages"))
    (site / "own-1.0.dist-info").mkdir()


def own_file(world: Any) -> None:
    (world.root / "own").write_text("own")


class PipSets(World):
    """A wish is {name: version or None}."""

    kind = "pip"
    live = True
    wishes = st.fixed_dictionaries(
        {"lib": st.sampled_from(["1.0", "1.1"])}, optional={"app": st.sampled_from(["1.0", None])}
    ).map(lambda wish: [wish])
    first = st.just([]) | wishes
    secret = [{"lib": "1.0"}]
    meddling = st.sampled_from([
        Meddling([{"lib": "1.0"}], own_file, related=False),
        Meddling([{"lib": "1.0"}], other, related=True),
    ])  # fmt: skip
    examples = 2

    def lay(self) -> None:
        small_venv(self.root, OWNER)
        for each in (self.folder, *self.folder.parents):
            each.chmod(each.stat().st_mode | 0o055)  # pip runs as the owner, who has to get there

    def want(self, wish: Any, view: Any) -> Want:
        now = dict(view.read(Pip(str(self.root))).packages)
        new = {n: v for n, v in {**now, **wish}.items() if v}
        lines = tuple(f"{n}=={v}" for n, v in sorted(new.items()) if now.get(n) != v)
        state = of(new)._replace(lines=lines, find_links=(str(wheels()),), no_index=True)
        return Want(Pip(str(self.root)), state)

    def asked(self, key: str, wishes: Any) -> bool:
        return key.startswith(("lib/", "bin/"))

    def meaning(self) -> dict[str, Any]:
        """In some files of an environment stands where it lies."""
        return {k: v for k, v in self.look().items() if not k.startswith(("bin/", "pyvenv"))}


WORLD = PipSets
