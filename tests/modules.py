"""A kernel with modules, in a folder: kernels that tests run on may have none, or must keep theirs.

What /proc/modules, /sys/module and sysctl say is laid out as files; `rmmod` and `modprobe` change them as
the kernel would. All else is the real code.
"""

import shutil
from pathlib import Path
from typing import Any

from sandbox import Alone, Sandbox

from hardener.host import facts
from hardener.host.door import programs
from hardener.host.door.system import System
from hardener.host.run.engine import Engine

FILES: dict[str, Any] = {
    "/proc/modules": "",
    "/proc/sys/kernel/random/boot_id": "3c0e2b1e-0000-4000-8000-000000000000\n",
    "/proc/self/status": "CapEff:\t000001ffffffffff\n",
    "/proc/self/mountinfo": "1 0 0:1 / / rw - ext4 /dev/vda1 rw\n",
    "/etc/modprobe.d": {"directory": True},
    "/usr/sbin/rmmod": {"content": "", "mode": "0755"},
}


class Kernel(System):
    """`hangs` are the modules that a module hangs on."""

    hangs: dict[str, list[str]] = {}
    live = True

    def real(self, path: str) -> str:
        return f"{self.root}/{path.lstrip('/')}"

    def run(self, argv: list[str], *given: Any, changes: bool = True, **more: Any) -> Any:
        if changes:
            self._watch("run", argv[0])
        if argv[0] == "rmmod":
            return self.unload(argv[1])
        if argv[:2] == ["modprobe", "-i"]:
            return self.load(argv[2])
        return programs.Ran(127, "", f"{argv[0]}: not there")

    @property
    def table(self) -> Path:
        return Path(self.root) / "proc/modules"

    def rows(self) -> dict[str, tuple[int, list[str]]]:
        lines = [line.split() for line in self.table.read_text().splitlines()]
        return {w[0]: (int(w[2]), [n for n in w[3].strip("-").split(",") if n]) for w in lines}

    def lay(self, rows: dict[str, tuple[int, list[str]]]) -> None:
        self.table.write_text("".join(
            f"{name} 16384 {count} {','.join([*users, '']) or '-'} Live 0x0\n"
            for name, (count, users) in rows.items()
        ))  # fmt: skip

    def unload(self, name: str) -> Any:
        rows = self.rows()
        if name not in rows or rows[name][0]:
            return programs.Ran(1, "", f"rmmod: ERROR: Module {name} is in use")
        del rows[name]
        for each in self.hangs.get(name, []):
            rows[each] = (rows[each][0] - 1, [user for user in rows[each][1] if user != name])
        self.lay(rows)
        shutil.rmtree(f"{self.root}/sys/module/{name}", ignore_errors=True)
        return programs.Ran(0, "", "")

    def load(self, name: str) -> Any:
        rows = self.rows()
        if name not in rows:
            for each in self.hangs.get(name, []):
                rows[each] = (rows[each][0] + 1, [name, *rows[each][1]])
            self.lay({name: (0, []), **rows})
            self.parameters(name, mode="0", numbers="4")
        return programs.Ran(0, "", "")

    def parameters(self, name: str, **values: str) -> None:
        folder = Path(self.root) / "sys/module" / name / "parameters"
        folder.mkdir(parents=True, exist_ok=True)
        for key, value in values.items():
            (folder / key).write_text(value + "\n")
            (folder / key).chmod(0o444 if key == "numbers" else 0o644)


class Machine(Sandbox):
    """Plays and rollbacks on it."""

    system: Kernel

    def __init__(self, root: Path, watch: Any = None, hangs: Any = None) -> None:
        super().__init__(root, watch)
        self.system = Kernel(str(root), watch)
        self.system.hangs = hangs or {}

    def engine(self) -> Engine:
        """With the facts of a tree: the rest of a running host is not laid out."""
        found = facts.gather(System(str(self.root)))
        return Engine(self.system, found, self.events.append, Alone(), self.store)
