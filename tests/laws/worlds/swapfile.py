"""Swap files in a tree that is not booted (used ones: tests/kinds, tests/hosts)."""

import os
from typing import Any

from hypothesis import strategies as st
from laws.world import SECRET, Meddling, World

from hardener.host.kinds.swapfile import ABSENT, SwapState
from hardener.host.swap.header import Header, first_page

PAGE = os.sysconf("SC_PAGE_SIZE")
UUIDS = ("01234567-89ab-4cde-8f01-23456789abcd", "ffffffff-0000-4000-8000-000000000000")


def swap(pages: int, mode: int = 0o600, label: str = "", uuid: str = UUIDS[0]) -> SwapState:
    return SwapState("swap", pages * PAGE, mode, 0, 0, label, uuid)


states = st.just(ABSENT) | st.builds(
    swap, st.integers(10, 20), st.sampled_from([0o600, 0o640]), st.sampled_from(["", "swap", "fifteen letters"]),
    st.sampled_from(UUIDS),
)  # fmt: skip


def chmod(path: str) -> Any:
    return lambda world: os.chmod(world.root / path, 0o644)


class Swapfiles(World):
    kind = "swapfile"
    files = {"/other": "untouched\n", "/data": {"directory": True}}
    wishes = st.dictionaries(st.sampled_from(["/swapfile", "/data/swap"]), states, min_size=1).map(
        lambda d: list(d.items())
    )
    secret = [("/swapfile", swap(11, label=SECRET))]
    examples = 30
    meddling = st.sampled_from([
        Meddling([("/swapfile", swap(11))], chmod("swapfile"), related=True),
        Meddling([("/data/old", swap(11))], chmod("data/old"), related=False),
    ])  # fmt: skip

    def lay(self) -> None:
        super().lay()
        old = self.root / "data/old"
        old.write_bytes(first_page(Header(10, UUIDS[1], "")) + bytes(9 * PAGE))
        old.chmod(0o600)

    def asked(self, key: str, wishes: Any) -> bool:
        return "/" + key in [path for path, _ in wishes]


WORLD = Swapfiles
