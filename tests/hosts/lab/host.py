"""One booted host: its root, its power switch, and looks into it that do not go by ssh."""

import os
import re
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lab import cgroups, network
from lab.commands import (
    CLEAN_ENVIRONMENT,
    Argument,
    CommandFailed,
    Completed,
    explain,
    run,
    search_path,
)
from lab.tree import mount_overlay, mounts_under
from lab.treehash import Listing, listing

if TYPE_CHECKING:
    from lab.session import Lab

#: `overlay`: over the cached tree, made in no time, but swap files are refused: overlayfs has no
#: block mapping, so swapon(2) says EINVAL. `copy`: a plain copy of the tree on the machine's own
#: ext4, for swap files. `image`: a file system of its own of a given size, which can be filled up.
Disk = Literal["overlay", "copy", "image"]

KEYS = ("ed25519", "ecdsa", "rsa")
USERS = {"root": "root", "ops": "home/ops", "nopass": "home/nopass", "trader": "home/trader"}


class BootFailed(CommandFailed):
    """A host did not come up; the end of its console is in the message."""


@dataclass
class Host:
    """A host of a lab; `Lab.host` makes it. Paths given to its methods are the host's own."""

    lab: "Lab"
    name: str
    number: int
    suite: str
    lower: list[Path]
    disk: Disk = "overlay"
    size: str = "4G"
    swap: bool = False
    own_kernel: ClassVar[bool] = False  # else it shares the parameters of ours with other hosts
    slow: ClassVar[int] = 1  # by what to multiply the time that a command may take
    boots: int = field(default=0, init=False)
    _booter: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def folder(self) -> Path:
        """Where the lab keeps all of it on the machine."""
        return self.lab.folder / "hosts" / self.name

    @property
    def root(self) -> Path:
        """The host's / as the machine sees it; its /run and /tmp are not in it."""
        return self.folder / "root"

    @property
    def address(self) -> str:
        """Its address, reached from the controller's namespace only."""
        return network.address(self.number)

    @property
    def console(self) -> Path:
        """What it printed while booting, over all its boots."""
        return self.folder / "console.log"

    @property
    def _branch(self) -> Path:
        return self.lab.branch / self.name

    # The disk

    def make(self, prepare: Callable[[Path], None] | None = None) -> None:
        """Lay the root and what makes this host itself; `prepare` may put more into it."""
        self.root.mkdir(parents=True)
        self._lay_root()
        self._lay_identity()
        if prepare:
            prepare(self.root)

    def _lay_root(self) -> None:
        upper, work = self.folder / "upper", self.folder / "work"
        if self.disk == "overlay":
            upper.mkdir()
            work.mkdir()
            upper.chmod(0o755)
            mount_overlay(self.lower, upper, work, self.root)
            return
        if self.disk == "image":
            image = self.folder / "disk.ext4"
            run(["truncate", "--size", self.size, image])
            run(["mkfs.ext4", "-q", "-F", image])
            run(["mount", "-o", "loop", image, self.root])
        # Lowermost first: a layer's own folders come from the merge only by being copied over.
        for part in reversed(self.lower):
            run(["cp", "-a", "--reflink=auto", f"{part}/.", self.root], timeout=600)

    def _lay_identity(self) -> None:
        etc = self.root / "etc"
        (etc / "machine-id").write_text(uuid.uuid4().hex + "\n")
        (etc / "hostname").write_text(self.name + "\n")
        (etc / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {self.name}\n")
        for kind in KEYS:
            shutil.copy(self.lab.host_key(self.name, kind), etc / f"ssh/ssh_host_{kind}_key")
            shutil.copy(f"{self.lab.host_key(self.name, kind)}.pub", etc / "ssh")
            (etc / "ssh" / f"{kind}.pub").rename(etc / f"ssh/ssh_host_{kind}_key.pub")
            (etc / f"ssh/ssh_host_{kind}_key").chmod(0o600)
        for user, home in USERS.items():
            self._authorize(user, self.root / home)

    def _authorize(self, user: str, home: Path) -> None:
        keys = home / ".ssh/authorized_keys"
        keys.write_text(self.lab.public_key.read_text())
        keys.chmod(0o600)
        owner = home.stat()
        os.chown(keys, owner.st_uid, owner.st_gid)

    # Power

    def start(self, wait: bool = True) -> None:
        """Switch it on; with `wait`, sshd answers and systemd has finished booting after it."""
        assert not self.running, f"{self.name} runs already"
        cgroups.remove(self._branch)
        environment = os.environ | self._boot_environment()
        with self.console.open("ab") as console:
            self._booter = subprocess.Popen(
                [str(Path(__file__).with_name("boot-host")), *self._nspawn_arguments()],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env=environment,
                start_new_session=True,
            )
        if wait:
            self.wait()

    def _boot_environment(self) -> dict[str, str]:
        return {
            "PATH": search_path(),
            "LAB_CGROUPS": str(self.lab.cgroups),
            "LAB_BRANCH": str(self._branch),
            "LAB_BRIDGE": self.lab.namespace,
            "LAB_NETWORK": f"{self.lab.prefix}-{self.name}",
            "LAB_LINK": self.name,
            "LAB_ADDRESS": f"{self.address}/16",
            "LAB_MAC": f"02:00:00:00:{self.number >> 8:02x}:{self.number & 255:02x}",
            # Without these two, an old nspawn picks cgroup v1 by the machine's own mounts, and
            # /proc/sys is read-only in the host.
            "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
            "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "yes",
            "SYSTEMD_NSPAWN_LOCK": "0",  # a killed nspawn leaves its lock file in /run
        }

    def _nspawn_arguments(self) -> list[str]:
        arguments = [
            "--quiet",
            "--boot",
            "--register=no",
            "--keep-unit",
            "--settings=no",
            "--capability=all",
            "--resolv-conf=off",
            "--timezone=off",
            "--link-journal=no",
            "--console=read-only",
            f"--machine={self.lab.prefix}-{self.name}",
            f"--hostname={self.name}",
            f"--directory={self.root}",
        ]
        return arguments + (["--system-call-filter=@swap"] if self.swap else [])

    def wait(self, timeout: float = 60) -> None:
        """Wait until systemd has finished booting and sshd greets; degraded counts as up."""
        end = time.monotonic() + timeout
        while not (self.leader and self._greeted() and self._booted()):
            if self._booter and self._booter.poll() is not None:
                raise BootFailed(f"{self.name} ended while booting\n{self._console_end()}")
            if time.monotonic() > end:
                raise BootFailed(f"{self.name} is not up after {timeout} s\n{self._console_end()}")
            time.sleep(0.02)
        self.boots += 1

    def _greeted(self) -> bool:
        try:
            with network.connect(self.lab.namespace, self.address, 22, 1) as connection:
                connection.settimeout(2)
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _booted(self) -> bool:
        state = self.run(["systemctl", "is-system-running", "--wait"], check=False, timeout=60)
        return state.stdout.strip() in ("running", "degraded")

    def _console_end(self) -> str:
        text = self.console.read_text(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)[-4000:]

    @property
    def running(self) -> bool:
        """Whether it is switched on, booting and rebooting included."""
        return self._booter is not None and self._booter.poll() is None

    @property
    def leader(self) -> int | None:
        """The machine's number for the host's PID 1; none while it is off or between two boots."""
        processes = self._branch / "run/payload/init.scope/cgroup.procs"
        try:
            for line in processes.read_text().split():
                status = Path(f"/proc/{line}/status").read_text()
                if re.search(r"^NSpid:.*\t1$", status, re.MULTILINE):
                    return int(line)
        except OSError:
            pass
        return None

    def processes(self, unit: str) -> list[int]:
        """The machine's numbers for the processes of a unit of system.slice; none while it is not there."""
        try:
            place = self._branch / "run/payload/system.slice" / unit / "cgroup.procs"
            return [int(line) for line in place.read_text().split()]
        except OSError:
            return []

    def reboot(self, wait: bool = True, how: Sequence[str] = ("systemctl", "reboot")) -> None:
        """Reboot in an orderly way; the boot id, /run, /tmp and the network's rules are new."""
        before = self.leader
        self.run(how, check=False)
        self.wait_for_reboot(before)
        if wait:
            self.wait()

    def wait_for_reboot(self, leader: int | None, timeout: float = 120) -> None:
        """Wait until PID 1 is another process than the given one: someone else rebooted it."""
        end = time.monotonic() + timeout
        while self.leader in (leader, None):
            if not self.running:
                raise BootFailed(f"{self.name} went off\n{self._console_end()}")
            if time.monotonic() > end:
                raise BootFailed(f"{self.name} did not reboot\n{self._console_end()}")
            time.sleep(0.02)

    def stop(self, timeout: float = 90) -> None:
        """Power it off in an orderly way; its disk stays."""
        if not self.running:
            return
        if self.leader:
            os.kill(self.leader, signal.SIGRTMIN + 4)  # poweroff.target: systemd(1), SIGNALS
        assert self._booter
        try:
            self._booter.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Cut the power: all its processes die at once, unflushed; its disk stays.

        What it had written is still in the machine's page cache, so a missing fsync goes unseen.
        """
        cgroups.kill(self._branch)
        if self._booter:
            self._booter.wait()

    def power_cycle(self) -> None:
        """Cut the power and boot again."""
        self.kill()
        self.start()

    def destroy(self) -> None:
        """Remove it with its disk."""
        self.kill()
        swap_off(self.root)
        cgroups.remove(self._branch)
        for mounted in mounts_under(self.folder):
            run(["umount", mounted])
        network.delete(f"{self.lab.prefix}-{self.name}")
        shutil.rmtree(self.folder)
        self.lab.forget(self)

    def unplug(self) -> None:
        """Cut the cable to the controller; both ends think that it is still there."""
        network.set_link(self.lab.namespace, self.name, "down")

    def plug(self) -> None:
        """Mend the cable."""
        network.set_link(self.lab.namespace, self.name, "up")

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
        """Run in the host as root, not by ssh; in a chroot of its root while it is off."""
        environment = {**CLEAN_ENVIRONMENT, **(env or {})}
        command = [*self._entrance(), *argv]
        return run(command, check=check, input=input, env=environment, timeout=timeout)

    def popen(
        self, argv: Sequence[Argument], env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Start in the host as root, with text pipes as asked for."""
        command = [str(part) for part in (*self._entrance(), *argv)]
        environment = {**CLEAN_ENVIRONMENT, **(env or {})}
        return subprocess.Popen(command, env=environment, text=True, **options)

    def _entrance(self) -> list[str]:
        end = time.monotonic() + 30
        while self.running and time.monotonic() < end:
            if leader := self.leader:
                return ["nsenter", "--target", str(leader), "--all", "--"]
            time.sleep(0.01)
        return ["chroot", str(self.root)]

    def sh(self, script: str, *, check: bool = True, timeout: float = 120) -> str:
        """Run a shell script in the host as root; what it printed."""
        return self.run(["sh", "-ec", script], check=check, timeout=timeout).stdout

    def read(self, path: str) -> str:
        """A file's text, links followed as the host follows them."""
        return self.run(["cat", path]).stdout

    def write(
        self, path: str, text: str, mode: str | None = None, owner: str | None = None
    ) -> None:
        """Write a file, its folders too; a file that is there keeps its mode and owner."""
        script = 'mkdir -p "$(dirname "$1")"; cat > "$1"'
        script += '; [ -z "$2" ] || chmod "$2" "$1"; [ -z "$3" ] || chown "$3" "$1"'
        self.run(["sh", "-ec", script, "sh", path, mode or "", owner or ""], input=text)

    def exists(self, path: str) -> bool:
        """Whether there is anything at the path, a dangling link included."""
        return self.run(["test", "-e", path, "-o", "-L", path], check=False).returncode == 0

    def wait_until(
        self, argv: Sequence[Argument], timeout: float = 30, every: float = 0.1
    ) -> Completed:
        """Run a command in the host again and again until it leaves with 0."""
        end = time.monotonic() + timeout
        while (done := self.run(argv, check=False)).returncode != 0:
            if time.monotonic() > end:
                raise CommandFailed(f"not within {timeout} s: {explain(done)}")
            time.sleep(every)
        return done

    def add_loop_devices(self, count: int = 32) -> None:
        """Make the machine's loop devices usable in it, until its next boot."""
        nodes = ["mknod /dev/loop-control c 10 237"]
        nodes += [f"mknod /dev/loop{n} b 7 {n}" for n in range(count)]
        self.sh("\n".join(nodes))

    def ssh(self, command: str, user: str = "root", **options: Any) -> Completed:
        """Run a command by the ssh program from the controller's namespace."""
        return self.lab.ssh(self, command, user=user, **options)

    def hash(self, **options: Any) -> Listing:
        """The full listing of its disk (see treehash.py)."""
        return listing(self.root, **options)


def swap_off(root: Path) -> None:
    """Switch off swap files that lie in a root: the kernel holds them after the host is dead."""
    for line in Path("/proc/swaps").read_text().splitlines()[1:]:
        shown = line.split()[0].removesuffix("\\040(deleted)").lstrip("/")
        for file in (root / shown, Path("/") / shown):
            if file.is_relative_to(root) and file.exists():
                run(["swapoff", file], check=False)
