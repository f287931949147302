"""`harden` as somebody runs it against one host of the lab, with state of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.host import Host
from lab.session import Lab
from lab.treehash import Listing, difference

HARDEN = str(Path(sys.executable).with_name("harden"))
UNIT = "/etc/systemd/system/hardener-guard.service"
# What logins and a running system write; hardener's own state.
# What we keep for ourselves: of the code what was loaded is written after the controller has hung up.
LEFT_OUT = (
    r"/var/lib/hardener",
    r"/home/ops/\.local/state/hardener",
    r"/home/ops/\.sudo_as_admin_successful",
)


class Command:
    """Runs in the controller's network as the user who logs in as `user`."""

    def __init__(self, lab: Lab, host: Host, folder: Path, user: str = "root") -> None:
        self.lab, self.host, self.folder, self.user = lab, host, folder, user
        self.asks = ["-K"]
        self.inventory = folder / "hosts.yml"
        self.reach(port=22)

    def reach(self, **way: Any) -> None:
        """Write the inventory."""
        names = {"address": self.host.address, "user": self.user, **way}
        self.inventory.write_text(json.dumps({"all": {"hosts": {self.host.name: names}}}))

    def playbook(self, *steps: dict[str, Any], **play: Any) -> Path:
        path = self.folder / "play.yml"
        path.write_text(
            json.dumps(
                [{"name": "Play", "hosts": "all", "become": True, "steps": list(steps), **play}]
            )
        )
        return path

    def words(self, *words: str) -> list[str]:
        way = ("-i", str(self.inventory), "--ssh-config", str(self.lab.ssh_config))
        return [HARDEN, *words, *way, *self.asks]

    @property
    def environment(self) -> dict[str, str]:
        return {"XDG_STATE_HOME": str(self.folder / "state"), "HOME": str(self.lab.home)}

    def __call__(self, *words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return self.lab.controller(
            self.words(*words), env=self.environment, input=self.lab.password + "\n",
            timeout=timeout * self.host.slow, check=False,
        )  # fmt: skip

    @contextmanager
    def popen(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Start it, with its password given; killed at the end if it still runs."""
        with self.lab.controller_popen(
            self.words(*words), env=self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdin
            process.stdin.write(self.lab.password + "\n")
            process.stdin.flush()
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def interface(self) -> str:
        """The host's link to the controller."""
        out = self.host.sh("ip -o -4 addr show scope global")
        return out.split()[1].partition("@")[0]

    def difference(self, before: Listing, *, but: tuple[str, ...] = ()) -> str:
        """What on the host's disk is otherwise than before; `but` are paths that a daemon writes."""
        return difference(before, self.host.hash(leave_out=(*LEFT_OUT, *but)))
