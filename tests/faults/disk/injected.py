"""System calls that the kernel answers with an error, by strace: no code of ours knows of it."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import needs

#: All by which a run writes (syscalls(2)); opening counts where it writes or makes a file.
WRITING = (
    *("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "openat"),
    *("rename", "renameat", "renameat2", "symlinkat", "unlinkat", "mkdirat", "rmdir"),
    *("fchmod", "chmod", "fchmodat", "fchown", "chown", "fchownat", "setxattr", "removexattr"),
)
OPENS_TO_WRITE = re.compile(r"O_WRONLY|O_RDWR|O_CREAT")
LINE = re.compile(r"(?P<name>\w+)\((?P<inside>.*)\) += (?P<result>-?\d+)")


class Call(NamedTuple):
    """The Nth call of this name; `last` says that all later ones fail too."""

    name: str
    number: int
    inside: str
    error: str = ""
    last: bool = False

    def __str__(self) -> str:
        if not self.error:
            return f"killed at {self.name} {self.number}: {self.inside}"
        and_on = " and all after it" if self.last else ""
        return f"{self.error} at {self.name} {self.number}{and_on}: {self.inside}"

    @property
    def expression(self) -> str:
        what = f"error={self.error}" if self.error else "signal=KILL"
        return f"{self.name}:{what}:when={self.number}{'+' if self.last else ''}"


def calls(work: Callable[[], Any], log: Path) -> list[Call]:
    """Do the work and return its writing calls, in order."""
    traced(work, log, "trace=" + ",".join(WRITING))
    counts: dict[str, int] = {}
    found = []
    for line in log.read_text(errors="replace").splitlines():
        match = LINE.match(line)
        if match:
            name = match["name"]
            counts[name] = counts.get(name, 0) + 1
            if name != "openat" or OPENS_TO_WRITE.search(match["inside"]):
                found.append(Call(name, counts[name], match["inside"][:200]))
    return found


def injected(work: Callable[[], Any], log: Path, call: Call) -> Any:
    """Do the work while this call fails; return what it returned."""
    value = traced(work, log, f"trace={call.name}", f"inject={call.expression}")
    assert "(INJECTED)" in log.read_text(errors="replace"), f"{call} never came"
    return value


def killed(work: Callable[[], Any], log: Path, call: Call) -> None:
    """Do the work in a process that dies as it comes to this call."""
    assert not call.error
    told = traced(work, log, f"trace={call.name}", f"inject={call.expression}", dies=True)
    assert told is None, f"{call} never came"


def traced(work: Callable[[], Any], log: Path, *expressions: str, dies: bool = False) -> Any:
    """Do the work in a child under strace; return its value, which comes back as JSON.

    Of one that `dies`, None comes back.
    """
    needs.program("strace")
    answer, told = os.pipe()
    go, ready = os.pipe()
    pid = os.fork()
    if not pid:
        _child(work, go, told)
    os.close(told)
    os.close(go)
    words = [word for expression in expressions for word in ("-e", expression)]
    argv = ["strace", "-y", "-qq", "-o", str(log), "-e", "signal=none", *words, "-p", str(pid)]
    with subprocess.Popen(argv, stderr=subprocess.PIPE) as strace:
        for _ in attached(pid):
            assert strace.poll() is None, strace.stderr and strace.stderr.read()
        os.write(ready, b"g")
        os.close(ready)
        with os.fdopen(answer, "rb") as file:
            value = file.read()
        os.waitpid(pid, 0)
        strace.wait(10)
    assert value or dies, "the child said nothing"
    return json.loads(value) if value else None


def attached(pid: int) -> Iterator[None]:
    """Yield until the process is traced."""
    end = time.monotonic() + 20
    while "TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < end, "strace did not attach"
        yield
        time.sleep(0.001)


def _child(work: Callable[[], Any], go: int, told: int) -> None:
    """Wait until we are traced, work, and leave; the answer goes out by send, which is not traced."""
    try:
        os.read(go, 1)
        value = json.dumps(work())
    except BaseException as error:  # noqa: BLE001 - the child must never return into pytest
        value = json.dumps(f"broke: {type(error).__name__}: {error}")
    os.writev(told, [value.encode()])
    os._exit(0)
