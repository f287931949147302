"""A session of the lab: its folder, keys and network, the controller's side, the hosts.

All it makes lies in `$HARDENER_TEST_CACHE/sessions/ID`, in network namespaces named after it and in
one cgroup. The file `lock` there is held as long as the session lives, so that the next session
knows a dead one and clears it away.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from lab import cgroups, kernel, network
from lab.commands import Argument, Completed, run, search_path
from lab.host import KEYS, Disk, Host, swap_off
from lab.requirements import missing
from lab.tree import PASSWORD, Recipe, cache_folder, locked, make_tree, mounts_under

__all__ = ["PASSWORD", "Lab"]

BRANCH = "hardener-lab"
NOTED = "machine-parameters.json"


class Lab:
    """Hosts and a controller in a network of their own; use it with `with`, or close it.

    `password` is the one that root and `ops` have; `private_key` opens every user of every host.
    """

    password = PASSWORD

    def __init__(self) -> None:
        reasons = missing()
        if reasons:
            raise RuntimeError("no test hosts here: " + "; ".join(reasons))
        self.id = secrets.token_hex(3)
        self.prefix = f"hl-{self.id}"
        self.namespace = f"{self.prefix}-controller"
        self.folder = sessions_folder() / self.id
        self.cgroups = self.folder / "cgroup"
        self.branch = self.cgroups / BRANCH / self.id
        self.hosts: dict[str, Host] = {}
        self._numbers = iter(range(1, 20_000))
        self._guard = threading.RLock()
        with one_at_a_time():
            clear_dead_sessions()
            if not live_sessions():
                kernel.restore_noted(sessions_folder() / NOTED)
            kernel.note(sessions_folder() / NOTED)
            kernel.make_room()
            self._lock = self._make_folder()
        network.create(self.namespace)
        cgroups.mount_hierarchy(self.cgroups)
        self._make_controller_home()

    def _make_folder(self) -> IO[str]:
        (self.folder / "hosts").mkdir(parents=True)
        lock = (self.folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        return lock

    # The controller's side

    @property
    def home(self) -> Path:
        """$HOME of the controller's commands."""
        return self.folder / "home"

    @property
    def ssh_config(self) -> Path:
        """Knows all hosts by name: `ssh -F` of it, from the controller's namespace."""
        return self.home / ".ssh/config"

    @property
    def known_hosts(self) -> Path:
        """The hosts' keys, by name and by address."""
        return self.home / ".ssh/known_hosts"

    @property
    def private_key(self) -> Path:
        """The session's key."""
        return self.home / ".ssh/id_ed25519"

    @property
    def public_key(self) -> Path:
        """Authorized for all users of all hosts."""
        return self.home / ".ssh/id_ed25519.pub"

    def _make_controller_home(self) -> None:
        self.ssh_config.parent.mkdir(parents=True, mode=0o700)
        make_key(self.private_key, "ed25519", "controller")
        self._write_ssh_files()

    def _write_ssh_files(self) -> None:
        config = [
            "Host *",
            f"  IdentityFile {self.private_key}",
            "  IdentitiesOnly yes",
            "  IdentityAgent none",
            f"  UserKnownHostsFile {self.known_hosts}",
            "  GlobalKnownHostsFile none",
            "  StrictHostKeyChecking yes",
        ]
        known = []
        for host in self.hosts.values():
            config += [f"Host {host.name}", f"  HostName {host.address}"]
            for kind in KEYS:
                public = self.host_key(host.name, kind).with_suffix(".pub").read_text().split()
                known.append(f"{host.name},{host.address} {public[0]} {public[1]}")
        replace(self.ssh_config, "\n".join(config) + "\n")
        replace(self.known_hosts, "".join(line + "\n" for line in known))

    def controller_environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the controller's commands see: this Python's scripts first, a home of their own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SSH_")}
        path = f"{Path(sys.executable).parent}:{search_path()}"
        return kept | {"HOME": str(self.home), "PATH": path} | dict(env or {})

    def _controller_command(self, argv: Sequence[Argument]) -> list[str]:
        handle = network.NAMESPACES / self.namespace
        return ["nsenter", f"--net={handle}", "--", *(str(part) for part in argv)]

    def controller(
        self,
        argv: Sequence[Argument],
        *,
        env: Mapping[str, str] | None = None,
        input: str | None = None,
        cwd: Argument | None = None,
        timeout: float = 300,
        check: bool = False,
    ) -> Completed:
        """Run where the hosts can be reached, and nothing else; text in, text out."""
        return run(
            self._controller_command(argv),
            env=self.controller_environment(env),
            input=input,
            cwd=cwd,
            timeout=timeout,
            check=check,
        )

    def controller_popen(
        self, argv: Sequence[Argument], env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Start where the hosts can be reached: to be watched, killed, answered."""
        command = self._controller_command(argv)
        environment = self.controller_environment(env)
        return subprocess.Popen(command, env=environment, text=True, **options)

    def ssh(self, host: Host | str, command: str, user: str = "root", **options: Any) -> Completed:
        """Run a command on a host by the ssh program."""
        name = host if isinstance(host, str) else host.name
        return self.controller(["ssh", "-F", self.ssh_config, f"{user}@{name}", command], **options)

    @contextmanager
    def relay(self, host: Host, latency: float, port: int = 22) -> Iterator[int]:
        """A port of the controller's localhost that leads to the host, `latency` seconds slower.

        Seconds are for one way: a round trip takes twice as long.
        """
        script = Path(__file__).with_name("relay.py")
        arguments: list[Argument] = [sys.executable, script, f"{host.address}:{port}", str(latency)]
        relay = self.controller_popen(arguments, stdout=subprocess.PIPE)
        try:
            assert relay.stdout
            yield int(relay.stdout.readline())
        finally:
            relay.kill()
            relay.communicate()

    # The hosts

    def host(
        self,
        name: str | None = None,
        suite: str = "bookworm",
        *,
        packages: Sequence[str] = (),
        disk: Disk = "overlay",
        size: str = "4G",
        swap: bool = False,
        prepare: Callable[[Path], None] | None = None,
        boot: bool = True,
        kind: type[Host] = Host,
    ) -> Host:
        """Make a host; `prepare(root)` puts files into it before it boots.

        packages: more Debian packages, cached as a layer. size: of a disk that is an `image`.
        swap: allow swapon in it (needs a disk other than overlay).
        """
        lower = make_tree(Recipe(suite, tuple(sorted(packages))))
        with self._guard:
            number = next(self._numbers)
            host = kind(self, name or f"h{number}", number, suite, lower, disk, size, swap)
            if host.name in self.hosts:
                raise ValueError(f"there is a host {host.name} already")
            self._make_host_keys(host.name)
            self.hosts[host.name] = host
            self._write_ssh_files()
        host.make(prepare)
        if boot:
            host.start()
        return host

    def swap_host(self, name: str | None = None, suite: str = "bookworm", **options: Any) -> Host:
        """Make a host in which swapon works; hold `kernel_turn()` while it does."""
        on_disk = run(["stat", "--file-system", "--format=%T", self.folder]).stdout.strip()
        disk: Disk = "copy" if on_disk in ("ext2/ext3", "xfs") else "image"
        return self.host(name, suite, disk=disk, swap=True, **options)

    def host_key(self, name: str, kind: str) -> Path:
        """The private key that proves a host to the controller."""
        return self.folder / "keys" / name / kind

    def _make_host_keys(self, name: str) -> None:
        self.host_key(name, "rsa").parent.mkdir(parents=True, exist_ok=True)
        for kind in KEYS:
            if not self.host_key(name, kind).exists():
                self._make_host_key(self.host_key(name, kind), kind, f"root@{name}")

    def _make_host_key(self, file: Path, kind: str, comment: str) -> None:
        """Of RSA there is one a session: to make one takes longer than a boot."""
        if kind != "rsa":
            make_key(file, kind, comment)
            return
        shared = self.folder / "keys" / "rsa"
        if not shared.exists():
            make_key(shared, kind, "root@lab")
        shutil.copy(shared, file)
        shutil.copy(f"{shared}.pub", f"{file}.pub")

    def forget(self, host: Host) -> None:
        """Take a destroyed host out of the controller's files."""
        with self._guard:
            self.hosts.pop(host.name, None)
            self._write_ssh_files()

    # The end

    def close(self) -> None:
        """Switch all off and leave the machine as it was."""
        for host in self.hosts.values():
            host.kill()
        with one_at_a_time():
            clear(self.folder)
            self._lock.close()
            if not live_sessions():
                kernel.restore_noted(sessions_folder() / NOTED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def kernel_turn() -> Iterator[None]:
    """Swap, `vm.*` and the like belong to the machine: one test at a time, over all sessions.

    What the test changed of the kernel's parameters is put back.
    """
    with kernel_alone():
        before = kernel.parameters()
        try:
            yield
        finally:
            kernel.restore(before)


def kernel_alone() -> AbstractContextManager[None]:
    """While one sets what hosts share of the kernel, or puts it back, no other test does; nothing is put back at its end."""
    return locked(cache_folder() / "kernel.lock")


def make_trees(*recipes: Recipe) -> None:
    """Make trees side by side; made ones cost nothing."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make_tree, recipes))


def make_key(file: Path, kind: str, comment: str) -> None:
    """Make a key pair without a passphrase."""
    run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", comment, "-f", file])


def replace(file: Path, text: str) -> None:
    """Write a file whole: the controller may be reading it."""
    aside = file.with_suffix(".part")
    aside.write_text(text)
    aside.rename(file)


def sessions_folder() -> Path:
    """Where all sessions of this machine are."""
    return cache_folder() / "sessions"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Sessions begin and end one after the other."""
    with locked(cache_folder() / "sessions.lock"):
        yield


def live_sessions() -> list[Path]:
    """The sessions whose process lives: it holds their lock."""
    return [folder for folder in all_sessions() if is_live(folder)]


def all_sessions() -> list[Path]:
    """The folders of all sessions, dead and alive."""
    return [folder for folder in sessions_folder().glob("*") if folder.is_dir()]


def is_live(folder: Path) -> bool:
    """Whether a process holds the session's lock."""
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def clear_dead_sessions() -> None:
    """Clear what sessions left that did not come to their end."""
    for folder in all_sessions():
        if not is_live(folder):
            clear(folder)


def clear(folder: Path) -> None:
    """End a session: processes, swap, mounts, network, files, in this order."""
    branch = folder / "cgroup" / BRANCH / folder.name
    cgroups.kill(branch)
    cgroups.remove(branch)
    with suppress(OSError):  # those of other labs may be there
        branch.parent.rmdir()
    for root in folder.glob("hosts/*/root"):
        swap_off(root)
    for mounted in mounts_under(folder):
        run(["umount", "--lazy", mounted], check=False)
    network.delete(f"hl-{folder.name}")
    shutil.rmtree(folder, ignore_errors=True)
    for left in Path("/run/systemd/nspawn/propagate").glob(f"hl-{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
