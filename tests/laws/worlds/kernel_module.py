"""Modules of a kernel that is laid out in a folder (tests/modules.py): this one may have none."""

from collections.abc import Callable
from typing import Any

import needs
from hypothesis import strategies as st
from laws.world import World
from modules import FILES, Kernel, Machine
from sandbox import Sandbox

from hardener.host.kinds.kernel_module import Module

PLAIN = (("mode", "0"), ("numbers", "4"))


class Modules(World):
    kind = "kernel_module"
    wishes = st.dictionaries(
        st.sampled_from(["dccp", "hfs"]),
        st.sampled_from([Module(False), Module(True, PLAIN), Module(True, (("mode", "1"), PLAIN[1]))]),
    ).map(lambda found: list(found.items()))  # fmt: skip
    always_merged = "it is loaded or not, and others' parameters are none that a run has set"
    without = {6: "nothing of it is others' but its parameters, which tests/kinds tries",
               9: "parameters of modules are no secret"}  # fmt: skip

    def lay(self) -> None:
        needs.root()
        super().lay()
        kernel = Kernel(str(self.root))
        kernel.lay({"other": (0, [])})

    files = FILES

    def sandbox(self, watch: Callable[[str, str], None] | None = None, first: int = 0) -> Sandbox:
        made = Machine(self.root, watch)
        made._runs = first
        return made

    def look(self) -> dict[str, Any]:
        kernel = Kernel(str(self.root))
        found: dict[str, Any] = dict(kernel.rows())
        for name in list(found):
            folder = self.root / "sys/module" / name / "parameters"
            found[name] = {p.name: p.read_text().strip() for p in folder.glob("*")}
        return found

    def asked(self, key: str, wishes: Any) -> bool:
        return key in dict(wishes)


WORLD = Modules
