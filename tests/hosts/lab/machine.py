"""A host that is a machine: a kernel of its own, where the others are containers that share ours.

User-Mode Linux, as Debian packages it: a Linux that runs as a program. What no container has is there:
AppArmor, audit, Yama, a clock that a daemon may keep. The disk has no kernel and no boot loader on it.
It is entered as people enter it, by ssh and sudo as `ops`, who belongs to the group sudo.
"""

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lab import network
from lab.commands import Argument, CommandFailed, Completed, explain, run
from lab.host import BootFailed, Host
from lab.tree import Recipe, make_tree

if TYPE_CHECKING:
    from lab.session import Lab

SIZE = "6G"
MEMORY = "2G"
# It asks for a newer libc than the machine's may be: it runs over the tree of this suite.
OVER = "trixie"
UNIT = """[Unit]
Description=The machine's address
DefaultDependencies=no
Before=network.target
Wants=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -ec 'ip link set lo up; ip address add %s/16 dev vec0; ip link set vec0 up'
[Install]
WantedBy=multi-user.target
"""
# A mount namespace whose root is that tree, with the kernel and the disk in it.
# Disks that others have mounted just now would stay mounted by a copy of that.
BOX = """
cut -d ' ' -f 2 /proc/mounts | grep '/hosts/[^/]*/root$' | while read -r it; do umount -l "$it"; done
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
cd "$2/root"; mkdir -p kernel machine
mount --bind "$3" kernel; mount --bind "$2/.." machine
mount -t proc proc proc; mount --rbind /dev dev
shift 3; exec chroot . "$@"
"""


@dataclass
class Machine(Host):
    """`kernel` is the folder into which the package user-mode-linux was unpacked."""

    kernel: Path = Path()

    @classmethod
    def of(cls, lab: "Lab", kernel: Path, name: str, suite: str, packages: Sequence[str]) -> Self:
        """Make one, and switch it on."""
        plain = lab.host(name, suite, packages=packages, disk="image", size=SIZE, boot=False)
        known = {each.name: getattr(plain, each.name) for each in fields(plain) if each.init}
        machine = cls(**known, kernel=kernel)
        lab.hosts[name] = machine
        machine.lay()
        machine.start()
        return machine

    def lay(self) -> None:
        """Put its modules and its address on the disk."""
        (modules,) = (self.kernel / "usr/lib/uml/modules").iterdir()
        shutil.copytree(modules, self.root / "usr/lib/modules" / modules.name, symlinks=True)
        units = self.root / "etc/systemd/system"
        (units / "lab-address.service").write_text(UNIT % self.address)
        (units / "multi-user.target.wants/lab-address.service").symlink_to("../lab-address.service")
        (self.root / "etc/fstab").write_text("/dev/ubda / ext4 errors=remount-ro 0 1\n")
        run(["sync", "--file-system", self.root])
        run(["umount", self.root])

    # Power

    @property
    def cable(self) -> str:
        return f"uml{self.number}"

    def start(self, wait: bool = True) -> None:
        net = f"--net={network.NAMESPACES / self.lab.namespace}"
        plug = (
            f"ip link delete {self.cable} 2>/dev/null || true; ip tuntap add {self.cable} mode tap"
        )
        plug += f"; ip link set {self.cable} master bridge0 up"
        run(["nsenter", net, "sh", "-ec", plug])
        (tree,), box = make_tree(Recipe(OVER)), self.folder / "box"
        for part in ("upper", "work", "root"):
            (box / part).mkdir(parents=True, exist_ok=True)
        inside = ["unshare", "--mount", "sh", "-ec", BOX, "box", tree, box, self.kernel]
        with self.console.open("ab") as console:
            self._booter = subprocess.Popen(
                ["nsenter", net, *map(str, inside), *self._words()], stdin=subprocess.DEVNULL,
                stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        if wait:
            self.wait()

    def _words(self) -> list[str]:
        return [
            "/kernel/usr/bin/linux.uml", "ubd0=/machine/disk.ext4", "root=/dev/ubda", "rw",
            f"mem={MEMORY}", f"vec0:transport=tap,ifname={self.cable},depth=64,gro=1",
            "con=null", "con0=null,fd:1", "seccomp=on", "apparmor=1", "security=apparmor",
        ]  # fmt: skip

    def wait(self, timeout: float = 180) -> None:
        end = time.monotonic() + timeout
        while not (self._greeted() and self._booted()):
            if not self.running or time.monotonic() > end:
                raise BootFailed(f"{self.name} is not up\n{self._console_end()}")
            time.sleep(0.2)
        self.boots += 1

    def reboot(self, wait: bool = True, how: Sequence[str] = ("systemctl", "poweroff")) -> None:
        """Off and on again: what the program starts itself anew with finds its cable taken."""
        assert self._booter
        self.run(how, check=False)
        self._booter.wait(180)
        self.start(wait)

    def kill(self) -> None:
        if self._booter and self.running:
            os.killpg(self._booter.pid, signal.SIGKILL)
            self._booter.wait()

    # Looks into it

    def run(
        self,
        argv: Sequence[Argument],
        *,
        check: bool = True,
        input: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> Completed:
        assert not env
        words = shlex.join(["sudo", "-k", "-S", "-p", "", "--", *map(str, argv)])
        given = self.lab.password + "\n" + (input or "")
        done = self.lab.ssh(self, words, user="ops", input=given, check=False, timeout=timeout)
        if check and done.returncode != 0:
            raise CommandFailed(explain(done))
        return done

    def popen(self, *arguments: Any, **options: Any) -> Any:
        raise NotImplementedError("a machine is entered for one command at a time")
