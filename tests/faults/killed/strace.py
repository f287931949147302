"""Work in a child under strace: to see every call that changes something, or to die at one of them.

The child is traced from where its work begins (`strace -p`), so nothing of Python's own start is
counted. What it starts (git, a shell, the process that works on a database) waits until it may go,
so that a helper can be traced, or killed, as well: strace counts the calls of each process apart.
Where the work is the controller's, its threads stand for the helpers.
"""

import itertools
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.killed.calls import CHANGING, OPENING, Call

from hardener.host.door import programs

PATIENCE = 60.0
KILLED = -signal.SIGKILL
SHORT = ("-y", "-s", "64", "-e", "signal=none")
BROKE = 9  # exit code of a child whose work raised


@dataclass(frozen=True)
class Death:
    """Process `who` (0: the engine, n: its nth helper) is killed where it enters `call`.

    With `together` the engine dies as its helper does, before it can act: the power is gone.
    Of a controller, `who` is the thread, and all of them die.
    """

    who: int
    call: Call
    together: bool = False

    def __str__(self) -> str:
        whom = (
            ("all at helper %d" if self.together else "helper %d") % self.who
            if self.who
            else "engine"
        )
        return f"{whom}: {self.call.name} {self.call.number} ({self.call.inside[:200]})"


def helpers(ask: Callable[[], None]) -> None:
    """Have each helper of the engine ask first: `become` is what it begins with."""
    programs.become = _first(ask, programs.become)


def threads(ask: Callable[[], None]) -> None:
    """Have each thread ask first."""
    threading.Thread.run = _first(ask, threading.Thread.run)  # type: ignore[method-assign]


Gate = Callable[[Callable[[], None]], None]


def traced(work: Callable[[], Any], folder: Path, gate: Gate = helpers) -> None:
    """Do the work; leave what each process did in `folder`/N.trace (0: the engine)."""
    ended = _Family(work, lambda who: watching(folder / f"{who}.trace"), gate).run()
    assert ended == 0, f"the work ended with {ended}"


def killed(work: Callable[[], Any], death: Death, log: Path, gate: Gate = helpers) -> int:
    """Do the work and die; return how the engine ended (it may outlive a helper)."""
    options = killing(death.call, log)
    traced = lambda who: options if who == death.who else None  # noqa: E731
    ended = _Family(work, traced, gate, death.together).run()
    see_killed(death.call, log)
    return ended


def watching(log: Path) -> list[str]:
    """Options of strace: to see all that changes something."""
    names = ",".join(f"?{name}" for name in (*CHANGING, *OPENING))
    when = "--absolute-timestamps=format:unix,precision:us"
    return [*SHORT, "-o", str(log), when, "-e", f"trace={names}"]


def killing(call: Call, log: Path) -> list[str]:
    """Options of strace: to kill at a call."""
    inject = f"inject={call.name}:signal=KILL:when={call.number}"
    opens = ["-P", call.opens] if call.opens else []
    return [*SHORT, "-o", str(log), *opens, "-e", f"trace={call.name}", "-e", inject]


def see_killed(call: Call, log: Path) -> None:
    """Fail unless the very call that was meant is the one that was never made."""
    last = [line for line in log.read_text(errors="replace").splitlines() if "(" in line][-1:]
    assert last and last[0].rstrip().endswith("= ?"), f"not killed at {call}: {last}"


@dataclass
class _Family:
    """The child and the helpers that it starts; `options(who)` are those of its strace, if any."""

    work: Callable[[], Any]
    options: Callable[[int], list[str] | None]
    gate: Gate
    together: bool = False
    _tracers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _helpers: list[int] = field(default_factory=list)

    def run(self) -> int:
        """Return the exit code of the child, negative for a signal, when all of them have ended."""
        asks, asked = os.pipe()
        goes, go = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(asks)
            os.close(go)  # or nobody would see it closed when the tests are killed
            _be_child(self.work, self.gate, lambda: _wait(asked, goes), self.together)
        os.close(asked)
        os.close(goes)
        try:
            self._serve(asks, go)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        finally:
            os.close(asks)
            os.close(go)
            self._end()

    def _serve(self, asks: int, go: int) -> None:
        """Let each process go when it is traced, until none is left that could ask."""
        for who in itertools.count():
            ready, _, _ = select.select([asks], [], [], PATIENCE)
            assert ready, "the child neither ends nor asks"
            said = os.read(asks, 16)
            if not said:
                return
            options = self.options(who)
            if options is not None:
                self._tracers.append(attach(int(said), options))
            if who:
                self._helpers.append(int(said))
            os.write(go, b"g")

    def _end(self) -> None:
        """Wait for helpers that outlive the engine, and for strace."""
        for pid in self._helpers:
            _gone(pid)
        for tracer in self._tracers:
            tracer.communicate(timeout=PATIENCE)


def attach(pid: int, options: list[str]) -> subprocess.Popen[bytes]:
    """Have strace follow a process; when this returns, it does."""
    tracer = subprocess.Popen(["strace", *options, "-p", str(pid)], stderr=subprocess.PIPE)
    assert tracer.stderr
    said = tracer.stderr.readline()
    assert b"attached" in said, said
    return tracer


def _gone(pid: int) -> None:
    end = time.monotonic() + PATIENCE
    while _alive(pid):
        assert time.monotonic() < end, f"process {pid} does not end"
        time.sleep(0.002)


def _alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


# in the child


def _be_child(work: Callable[[], Any], gate: Gate, ask: Callable[[], None], together: bool) -> None:
    code = BROKE
    try:
        os.setsid()
        gate(ask)
        if together:
            os.waitpid = _dying_too(os.waitpid)
        ask()
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - the child must never return into pytest
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _first(ask: Callable[[], None], work: Callable[..., None]) -> Callable[..., None]:
    """As `work`, but it asks first."""

    def asking(*arguments: Any) -> None:
        ask()
        work(*arguments)

    return asking


def _wait(asked: int, goes: int) -> None:
    os.write(asked, b"%16d" % threading.get_native_id())
    if not os.read(goes, 1):
        os.kill(os.getpid(), signal.SIGKILL)


def _dying_too(
    waitpid: Callable[[int, int], tuple[int, int]],
) -> Callable[[int, int], tuple[int, int]]:
    """As `os.waitpid`, but whoever hears that a helper was killed is killed."""

    def hears(pid: int, options: int) -> tuple[int, int]:
        found, status = waitpid(pid, options)
        if found and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            os.kill(os.getpid(), signal.SIGKILL)
        return found, status

    return hears


def traces(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield (who, file) of what `traced` has left."""
    for who in range(len(list(folder.iterdir()))):
        yield who, folder / f"{who}.trace"
