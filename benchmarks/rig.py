"""What is timed, and on what: `harden`, the floor's push, and a booted host of the test lab."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HARDEN = str(Path(sys.executable).with_name("harden"))
FLOORS = HERE / "floors"
LAB = ROOT / "tests" / "hosts"
SSH = 22
# An installed program has its bytecode: it is written in the round that does not count.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

if TYPE_CHECKING:
    from lab.host import Host
    from lab.session import Lab


class Rig:
    """Booted hosts, and both ways to them: harden, and a push of one script."""

    def __init__(self, lab: Lab, hosts: Sequence[Host]) -> None:
        self.lab, self.hosts, self.host = lab, hosts, hosts[0]
        self.env = {"XDG_STATE_HOME": str(lab.folder / "state")}
        self._known = lab.folder / "bench_known_hosts"
        self._config = lab.folder / "bench_config"
        self._go_to([(host.address, SSH) for host in hosts])

    @contextmanager
    def far(self, rtt: float) -> Iterator[None]:
        """Have all of them so many seconds away, there and back: through a relay each."""
        near = self._places
        with ExitStack() as relays:
            ports = [relays.enter_context(self.lab.relay(h, rtt / 2)) for h in self.hosts]
            self._go_to([("127.0.0.1", port) for port in ports])
            try:
                yield
            finally:
                self._go_to(near)

    def _go_to(self, places: Sequence[tuple[str, int]]) -> None:
        """Reach the hosts there, and know their keys by these names."""
        self._places, known = places, self.lab.known_hosts.read_text()
        for host, (address, port) in zip(self.hosts, places, strict=True):
            place = address if port == SSH else f"[{address}]:{port}"
            known = known.replace(f"{host.name},{host.address} ", f"{host.name},{place} ")
        self._known.write_text(known)
        own = f"Host *\n  UserKnownHostsFile {self._known}\n"
        self._config.write_text(own + self.lab.ssh_config.read_text())

    def harden(self, user: str, *words: str) -> None:
        """Run harden for the hosts as a user (root, or one whose sudo asks nothing)."""
        inventory = self.lab.folder / f"{user}.yml"
        lines = [
            f"    {host.name}: {{address: {address}, port: {port}, user: {user}}}"
            for host, (address, port) in zip(self.hosts, self._places, strict=True)
        ]
        inventory.write_text("\n".join(["all:", "  hosts:", *lines]) + "\n")
        self._run([HARDEN, *words, "-i", inventory, "--ssh-config", self._config])

    def push(self, user: str, floor: str, *words: str) -> None:
        """Do a floor's work: one connection to each, one exec."""
        hosts = ",".join(f"{address}:{port}" for address, port in self._places)
        way: list[str | Path] = [user, self.lab.private_key, self._known]
        self._run([sys.executable, HERE / "push.py", hosts, *way, FLOORS / floor, *words])

    def _run(self, argv: Sequence[str | Path]) -> None:
        done = self.lab.controller(argv, env=self.env)
        if done.returncode:
            raise SystemExit(f"{argv[:3]}… failed\n{done.stdout}{done.stderr}")


@contextmanager
def rig(droplet: bool = False, hosts: int = 1) -> Iterator[Rig]:
    """Boot Debian hosts, droplets with all their programs if asked for; needs root."""
    sys.path.insert(0, str(LAB))
    from lab import Lab, missing
    from lab.droplet import lay_booting, wait_for_programs

    if missing():
        raise SystemExit("no test hosts here: " + "; ".join(missing()))
    with Lab() as lab:
        packages = ("htop", "iotop", "nethogs") if droplet else ()
        prepare = lay_booting if droplet else None
        names = [f"bench{number}" for number in range(hosts)]
        made = [lab.host(name, prepare=prepare, packages=packages) for name in names]
        for host in made if droplet else ():
            wait_for_programs(host, 120)
        yield Rig(lab, made)


def local(root: Path) -> dict[str, str]:
    """Make a small unbooted tree in a folder, and return the environment to harden it in."""
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    return {**os.environ, "XDG_STATE_HOME": str(root.parent / "state")}
