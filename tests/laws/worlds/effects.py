"""Reloads and handlers, as far as a tree that is not booted knows them: which generation they were told."""

import json
from typing import Any

from hypothesis import strategies as st
from laws.world import World

from hardener.host.kinds.effect import Fired

generations = st.text("0123456789abcdef", min_size=24, max_size=24)


class Effects(World):
    """A wish is (id, generation)."""

    files = {"/other": "untouched\n"}
    wishes = st.dictionaries(
        st.sampled_from(["one", "two.service"]), generations.map(Fired), min_size=1
    ).map(lambda d: list(d.items()))
    without = {6: "nobody else fires it", 9: "a digest is no secret"}
    examples = 3

    def look(self) -> dict[str, Any]:
        file = self.state_folder / "effects.json"
        told = json.loads(file.read_text()) if file.exists() else {}
        # What was never told and what was told of nothing are one.
        return {**super().look(), **{key: value for key, value in told.items() if value}}

    def asked(self, key: str, wishes: Any) -> bool:
        return key in [f"{self.kind}:{id}" for id, _ in wishes]


def of(name: str) -> type[World]:
    return type(f"World of {name}", (Effects,), {"kind": name})
