"""A host that is a machine: a kernel and a boot loader of its own, where the others are containers that share ours.

QEMU runs it, by KVM where the processor has that, else by emulation, which is the same but ten times as
slow. Its disk has a partition table, GRUB, and Debian's kernel with the initrd that was made for it. It
is entered as people enter it, by ssh and sudo as `ops`, who belongs to the group sudo.
"""

import os
import re
import shlex
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import network
from lab.commands import Argument, CommandFailed, Completed, explain, run
from lab.host import BootFailed, Host
from lab.treehash import Listing, listing

#: What Debian's installer lays on a disk beyond a bare Debian.
PACKAGES = (
    *("grub-pc", "ifupdown", "initramfs-tools", "libnss-systemd", "linux-image-amd64"),
    *("systemd-timesyncd", "zstd"),
)
# Where the processor itself does not virtualize, there may be a /dev/kvm all the same, for kernels made for it.
HARDWARE = re.search(r"^flags\s*:.*\b(vmx|svm)\b", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
KVM = bool(HARDWARE) and os.access("/dev/kvm", os.W_OK)
SIZE = "8G"
BEGIN = 1 << 20  # of the one partition, in bytes
INTERFACES = """auto lo
iface lo inet loopback

allow-hotplug ens3
iface ens3 inet static
    address %s/16
"""
FSTAB = """# / was on /dev/vda1 during installation
UUID=%s / ext4 errors=remount-ro 0 1
"""
CONSOLE = 'GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0"\n'  # so that a failed boot can be read


@dataclass
class Machine(Host):
    """Made by `Lab.host(kind=Machine, packages=(*PACKAGES, …))`."""

    own_kernel = True
    slow = 1 if KVM else 10

    @property
    def image(self) -> Path:
        """Its disk."""
        return self.folder / "disk.img"

    # The disk

    def make(self, prepare: Callable[[Path], None] | None = None) -> None:
        """Lay the disk, and have the machine itself put its boot loader on it."""
        self._known = str(uuid.uuid4())
        super().make(prepare)
        etc = self.root / "etc"
        (etc / "fstab").write_text(FSTAB % self._known)
        (etc / "network/interfaces").write_text(INTERFACES % self.address)
        (etc / "default/grub.d").mkdir(exist_ok=True)
        (etc / "default/grub.d/console.cfg").write_text(CONSOLE)
        self._let_go()
        self._install_loader()

    def _lay_root(self) -> None:
        run(["truncate", "--size", SIZE, self.image])
        run(["sfdisk", "--quiet", "--label", "dos", self.image], input=f"{BEGIN >> 9},,L,*\n")
        size = (self.image.stat().st_size - BEGIN) >> 10
        words = ["-q", "-F", "-U", self._known, "-E", f"offset={BEGIN}"]
        run(["mkfs.ext4", *words, self.image, f"{size}k"])
        self._take()
        for part in reversed(self.lower):
            run(["cp", "-a", f"{part}/.", self.root], timeout=600)

    def _take(self) -> None:
        run(["mount", "-o", f"loop,offset={BEGIN}", self.image, self.root])

    def _let_go(self) -> None:
        run(["umount", self.root])

    def _install_loader(self) -> None:
        (boot,) = (part / "boot" for part in self.lower if list(part.glob("boot/vmlinuz-*")))
        (kernel,), (initrd,) = boot.glob("vmlinuz-*"), boot.glob("initrd.img-*")
        given = "root=/dev/vda1 console=ttyS0"
        self._switch_on(["-kernel", str(kernel), "-initrd", str(initrd), "-append", given])
        self.wait()
        self.sh("grub-install /dev/vda 2>&1; update-grub 2>&1", timeout=120 * self.slow)
        self.stop()

    # Power

    @property
    def cable(self) -> str:
        return f"vm{self.number}"

    def start(self, wait: bool = True) -> None:
        self._switch_on([])
        if wait:
            self.wait()

    def _switch_on(self, more: Sequence[str]) -> None:
        net = f"--net={network.NAMESPACES / self.lab.namespace}"
        plug = f"ip link delete {self.cable} 2>/dev/null || true"
        plug += f"; ip tuntap add {self.cable} mode tap"
        plug += f"; ip link set {self.cable} master bridge0 up"
        run(["nsenter", net, "sh", "-ec", plug])
        with self.console.open("ab") as console:
            self._booter = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "nsenter", net, *self._words(), *more],
                stdin=subprocess.DEVNULL,
                stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip

    def _words(self) -> list[str]:
        cable = f"virtio-net-pci,netdev=cable,addr=3,mac=02:00:00:01:00:{self.number:02x}"
        return [
            *("qemu-system-x86_64", "-accel", "kvm" if KVM else "tcg", "-cpu", "max,la57=off"),
            *("-smp", "2", "-m", "2G"),
            *("-drive", f"file={self.image},format=raw,if=virtio,cache=unsafe"),
            *("-netdev", f"tap,id=cable,ifname={self.cable},script=no,downscript=no"),
            *("-device", cable, "-device", "virtio-rng-pci"),
            *("-display", "none", "-serial", "stdio", "-no-reboot"),
        ]  # fmt: skip

    def wait(self, timeout: float = 90) -> None:
        end = time.monotonic() + timeout * self.slow
        while not (self._greeted() and self._booted()):
            if not self.running or time.monotonic() > end:
                raise BootFailed(f"{self.name} is not up\n{self._console_end()}")
            time.sleep(0.2)
        self.boots += 1

    def reboot(self, wait: bool = True, how: Sequence[str] = ("systemctl", "reboot")) -> None:
        """Off in an orderly way, and on again: QEMU ends where a machine would start anew."""
        self._end(how)
        self.start(wait)

    def stop(self, timeout: float = 90) -> None:
        if self.running:
            self._end(("systemctl", "poweroff"), timeout)

    def _end(self, how: Sequence[str], timeout: float = 90) -> None:
        assert self._booter
        self.run(how, check=False)
        self._booter.wait(timeout * self.slow)

    def kill(self) -> None:
        if self._booter and self.running:
            os.killpg(self._booter.pid, signal.SIGKILL)
            self._booter.wait()

    # Looks into it

    @contextmanager
    def off(self) -> Iterator[Path]:
        """Its root, while it is switched off."""
        self.stop()
        self._take()
        try:
            yield self.root
        finally:
            self._let_go()
            self.start()

    def hash(self, **options: Any) -> Listing:
        """The full listing of its disk, for which it is switched off and on."""
        with self.off() as root:
            return listing(root, **options)

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
        done = self.lab.ssh(
            self, words, user="ops", input=given, check=False, timeout=timeout * self.slow
        )
        if check and done.returncode != 0:
            raise CommandFailed(explain(done))
        return done

    def popen(self, *arguments: Any, **options: Any) -> Any:
        raise NotImplementedError("a machine is entered for one command at a time")
