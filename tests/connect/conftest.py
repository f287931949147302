"""A real sshd on loopback, a real user, and a check that nothing is left open."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hardener import connect
from hardener.connect.code import host_files

ENTRY = "hardener.host.echo_loop:main"
CODE = connect.Code.of(
    {
        **host_files(),
        "hardener/host/echo_loop.py": (Path(__file__).parent / "echo_loop.py").read_text(),
    }
)


def missing(why: str) -> None:
    """Skip with a reason, but fail where nobody would read it."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def run(*words: str, text: str = "") -> str:
    """Run a program that must succeed."""
    return subprocess.run(words, check=True, capture_output=True, text=True, input=text).stdout


@pytest.fixture
def user_is_idle(user: User) -> Callable[[], None]:
    """Wait until nothing of the user's runs any more."""
    return lambda: wait_until_none(lambda: processes(user.name))


@pytest.fixture
def client_code() -> tuple[connect.Code, str]:
    """The host's code with a loop that answers, and its entry."""
    return CODE, ENTRY


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Each test closes its threads and descriptors; what imports meanwhile may outlast an early error."""
    threads, descriptors = set(threading.enumerate()), set(os.listdir("/proc/self/fd"))
    yield
    for thread in threading.enumerate():
        if "_get_ready" in thread.name:
            thread.join()
    assert set(threading.enumerate()) <= threads
    left = [path for fd in set(os.listdir("/proc/self/fd")) - descriptors if (path := opened(fd))]
    assert not left


def opened(fd: str) -> str:
    """Return the socket or pipe that a descriptor is; it may be listdir's own, and gone."""
    with contextlib.suppress(FileNotFoundError):
        path = os.readlink(f"/proc/self/fd/{fd}")
        return path if path.startswith(("socket:", "pipe:")) else ""
    return ""


@dataclass
class Answers:
    """What the person at the terminal would say; `asked` is what they were asked."""

    login: str | None = None
    sudo: str | None = None
    key: str | None = None
    asked: list[str] = field(default_factory=list)

    def password(self, target: connect.Target) -> str | None:
        self.asked.append(f"password {target.name}")
        return self.login

    def sudo_password(self, target: connect.Target) -> str | None:
        self.asked.append(f"sudo {target.name}")
        return self.sudo

    def passphrase(self, path: str) -> str | None:
        self.asked.append(f"passphrase {Path(path).name}")
        return self.key


@dataclass
class User:
    """An account made for the tests."""

    name: str
    password: str
    home: Path

    def shell(self, path: str) -> None:
        run("usermod", "-s", path, self.name)

    def sudo(self, *rules: str) -> None:
        """Write the rules of this user's sudoers file; {me} is their name."""
        file = Path("/etc/sudoers.d") / self.name
        file.write_text("".join(rule.replace("{me}", self.name) + "\n" for rule in rules))
        file.chmod(0o440)
        run("visudo", "-c", "-q", "-f", str(file))


def processes(name: str) -> list[str]:
    """Return what runs for a user, without sshd's zombies and what test hosts run under that uid."""
    ours = os.stat("/proc/self/ns/pid").st_ino
    words = ["ps", "-u", name, "-o", "pidns=,stat=,pid=,args="]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    lines = [line.split(None, 1) for line in done.stdout.splitlines()]
    return [rest for pidns, rest in lines if pidns == str(ours) and not rest.startswith("Z")]


def wait_until_none(left: Callable[[], list[str]]) -> None:
    """Wait for what ends by itself when the link does; ten seconds at most."""
    end = time.monotonic() + 10
    while found := left():
        assert time.monotonic() < end, found
        time.sleep(0.02)


@pytest.fixture(scope="session")
def account() -> Iterator[User]:
    if os.geteuid() != 0:
        missing("needs root, to make a user and start sshd")
    name, password = f"hard{secrets.token_hex(3)}", secrets.token_hex(8)
    run(
        "useradd",
        "-m",
        "-s",
        "/bin/bash",
        "-p",
        run("openssl", "passwd", "-6", password).strip(),
        name,
    )
    try:
        yield User(name, password, Path(f"~{name}").expanduser())
    finally:
        Path(f"/etc/sudoers.d/{name}").unlink(missing_ok=True)
        subprocess.run(["userdel", "-r", name], check=False, capture_output=True)


@pytest.fixture
def user(account: User) -> Iterator[User]:
    yield account
    wait_until_none(lambda: processes(account.name))
    Path(f"/etc/sudoers.d/{account.name}").unlink(missing_ok=True)
    account.shell("/bin/bash")
    for name in (".bashrc", ".profile", ".cshrc", ".config", ".local", ".pam_environment"):
        path = account.home / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder that the user's processes may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="hardener-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def keys(place: Path) -> Callable[..., Path]:
    """Make a key pair, once a name."""

    def make(name: str, kind: str = "ed25519", passphrase: str = "") -> Path:
        path = place / name
        if not path.exists():
            run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", name, "-f", str(path))
        return path

    return make


@dataclass
class Sshd:
    """A running sshd; `key` is its host key."""

    port: int
    key: Path
    process: subprocess.Popen[bytes]
    log: Path

    def signal_sessions(self, number: int) -> None:
        """Send a signal to all that serves its connections, not to the server itself."""
        for process in children(str(self.process.pid)):
            with contextlib.suppress(ProcessLookupError):  # it may end with its parent
                os.kill(int(process), number)

    def known(self, name: str = "") -> str:
        kind, blob = self.key.with_name(self.key.name + ".pub").read_text().split()[:2]
        return f"{name or f'[127.0.0.1]:{self.port}'} {kind} {blob}\n"


def children(pid: str) -> list[str]:
    words = ["pgrep", "-P", pid]
    found = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
    return [child for one in found for child in (one, *children(one))]


@pytest.fixture
def sshd(place: Path, keys: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[..., Sshd]]:
    """Start an sshd that takes the key «login», with more lines of settings."""
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    if not os.path.exists(program):
        missing("needs sshd (apt-get install openssh-server)")
    Path("/run/sshd").mkdir(exist_ok=True)
    authorized = place / "authorized"
    authorized.write_text((keys("login").with_suffix(".pub")).read_text())
    with contextlib.ExitStack() as stack:

        def start(*lines: str, key: str = "host", authorize: Path = authorized) -> Sshd:
            server = _start(program, lines, keys(key), authorize, tmp_path)
            stack.callback(_stop, server.process)
            return server

        yield start


def _start(program: str, lines: tuple[str, ...], key: Path, authorized: Path, tmp: Path) -> Sshd:
    port = free_port()
    config, log = tmp / f"sshd-{port}", tmp / f"sshd-{port}.log"
    config.write_text(
        "\n".join(lines)  # sshd takes the first value
        + f"\nPort {port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\nUsePAM no\n"
        f"StrictModes no\nAuthorizedKeysFile {authorized}\nLogLevel DEBUG1\n"
    )
    process = subprocess.Popen([program, "-D", "-f", str(config), "-E", str(log)])
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return Sshd(port, key, process, log)
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Client:
    """The controller's side: its ssh_config, its known_hosts, and what it is asked."""

    folder: Path
    user: str
    key: Path
    answers: Answers = field(default_factory=Answers)

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def config(self, text: str = "") -> str:
        path = self.folder / "config"
        if text or not path.exists():
            path.write_text(
                f"{text}\nHost *\n  UserKnownHostsFile {self.known_hosts}\n"
                "  GlobalKnownHostsFile none\n  IdentityAgent none\n  IdentityFile none\n"
            )
        return str(path)

    def target(self, server: Sshd, **more: object) -> connect.Target:
        base: dict[str, object] = {
            "name": "web1",
            "address": "127.0.0.1",
            "port": server.port,
            "user": self.user,
            "identity_file": str(self.key),
            "ssh_config": self.config(),
            "root": str(self.folder / "root") if self.user == "root" else None,
        }
        return connect.Target(**{**base, **more})  # type: ignore[arg-type]

    def trusts(self, *servers: Sshd) -> None:
        self.known_hosts.write_text("".join(server.known() for server in servers))

    def open(self, server: Sshd, **more: object) -> connect.Channel:
        return self.open_target(self.target(server, **more))

    def open_target(self, target: connect.Target) -> connect.Channel:
        return connect.open(target, connect.AskedOnce(self.answers), CODE, ENTRY)

    def uid(self, server: Sshd, **more: object) -> int:
        """Connect, and return who we are there."""
        with self.open(server, **more) as channel:
            channel.send({})
            answer = channel.receive()
        assert answer["uid"] == channel.hello.euid
        return int(answer["uid"])


@pytest.fixture
def client(tmp_path: Path, user: User, keys: Callable[..., Path]) -> Client:
    return Client(tmp_path, user.name, keys("login"))
