"""What is timed, and on what: `harden`, the floor's push, and a booted host of the test lab."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HARDEN = str(Path(sys.executable).with_name("harden"))
FLOORS = HERE / "floors"
LAB = ROOT / "tests" / "hosts"
# An installed program has its bytecode: it is written in the round that does not count.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

if TYPE_CHECKING:
    from lab.host import Host
    from lab.session import Lab


class Rig:
    """One booted host, and both ways to it: harden, and a push of one script."""

    def __init__(self, lab: Lab, host: Host) -> None:
        self.lab, self.host = lab, host
        self.env = {"XDG_STATE_HOME": str(lab.folder / "state")}

    def harden(self, user: str, *words: str) -> None:
        """Run harden for the host as a user (root, or one whose sudo asks nothing)."""
        inventory = self.lab.folder / f"{user}.yml"
        line = f"{self.host.name}: {{address: {self.host.address}, user: {user}}}"
        inventory.write_text(f"all: {{hosts: {{{line}}}}}\n")
        way: list[str | Path] = ["-i", inventory, "--ssh-config", self.lab.ssh_config]
        self._run([HARDEN, *words, *way])

    def push(self, user: str, floor: str, *words: str) -> None:
        """Do a floor's work: one connection, one exec."""
        way: list[str | Path] = [
            self.host.address,
            user,
            self.lab.private_key,
            self.lab.known_hosts,
        ]
        self._run([sys.executable, HERE / "push.py", *way, FLOORS / floor, *words])

    def _run(self, argv: Sequence[str | Path]) -> None:
        done = self.lab.controller(argv, env=self.env)
        if done.returncode:
            raise SystemExit(f"{argv[:3]}… failed\n{done.stdout}{done.stderr}")


@contextmanager
def rig(droplet: bool = False) -> Iterator[Rig]:
    """Boot a Debian host, a droplet with all its programs if asked for; needs root."""
    sys.path.insert(0, str(LAB))
    from lab import Lab, missing
    from lab.droplet import lay_booting, wait_for_programs

    if missing():
        raise SystemExit("no test hosts here: " + "; ".join(missing()))
    with Lab() as lab:
        packages = ("htop", "iotop", "nethogs") if droplet else ()
        host = lab.host("bench", prepare=lay_booting if droplet else None, packages=packages)
        if droplet:
            wait_for_programs(host, 120)
        yield Rig(lab, host)


def local(root: Path) -> dict[str, str]:
    """Make a small unbooted tree in a folder, and return the environment to harden it in."""
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    return {**os.environ, "XDG_STATE_HOME": str(root.parent / "state")}
