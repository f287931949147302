"""Run a program to its end: no shell, a known environment, bounded output, a time limit."""

import contextlib
import os
import threading
import time
from typing import NamedTuple

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
    "LANG": "C",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
}
OUTPUT_LIMIT = 1 << 20
PACE = 1  # seconds
STUCK = 15  # seconds without a bit of progress, for what has no reason to wait


class Ran(NamedTuple):
    """How a program ended: exit code (negative: signal; 127: not there; 124: out of time)."""

    code: int
    out: str
    err: str

    @property
    def ok(self):
        return self.code == 0

    def why(self):
        """The program's own words, for an error."""
        return (self.err.strip() or self.out.strip() or "exit code %d" % self.code)[-2000:]


def run(
    argv,
    stdin=b"",
    env=None,
    timeout=60,
    cwd=None,
    identity=None,
    root="/",
    limit=OUTPUT_LIMIT,
    idle=None,
):
    """Run `argv` and return Ran.

    `identity` is (uid, gid, groups) to run as; `root` a folder to chroot into.
    `timeout` is in seconds; on expiry the whole process group is killed, and
    where it does nothing for `idle` seconds (if given). Of the
    output the last `limit` bytes are kept.
    """
    import subprocess

    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(ENVIRONMENT, **(env or {})),
            close_fds=True,
            preexec_fn=lambda: become(root, cwd, identity),  # noqa: PLW1509 - become() takes no lock
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Ran(127, "", "%s: %s" % (argv[0], getattr(error, "strerror", None) or error))
    return _finish(process, stdin, timeout, limit, idle)


def become(root, cwd, identity):
    """Turn this (forked) process into one of its own session, in `root` and `cwd`, as `identity`."""
    os.setsid()
    os.umask(0o022)  # ours is private; what a program makes for others is not
    if root != "/":
        os.chroot(root)
    os.chdir("/")
    if identity:
        uid, gid, groups = identity
        if os.geteuid() == 0:
            os.setgroups(list(groups))
            os.setgid(gid)
            os.setuid(uid)
    if cwd:
        os.chdir(cwd)  # only now: nobody is taken where they may not go themselves


def open_files(pid):
    """Yield (device, inode) of the files that a process has open, as far as this user may see."""
    folder = "/proc/%d/fd" % pid
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                info = os.stat(folder + "/" + name)
                yield info.st_dev, info.st_ino


class Stillness:
    """Sees a process that does nothing for a while: it was stopped, or led to a fifo."""

    def __init__(self, pid, seconds):
        self._pid = pid
        self._seconds = seconds
        self._seen = None
        self._since = time.monotonic()

    def long(self):
        """Has it done nothing for that many seconds? To be asked every now and then."""
        now = _progress(self._pid)
        if now is None or now != self._seen:
            self._seen, self._since = now, time.monotonic()
        return time.monotonic() > self._since + self._seconds


def _progress(pid):
    """Return what grows while a process does anything: its time on the processor, its waits (proc(5))."""
    with contextlib.suppress(OSError):
        with open("/proc/%d/stat" % pid, "rb") as file:
            times = file.read().rpartition(b")")[2].split()[11:13]
        with open("/proc/%d/status" % pid, "rb") as file:
            return times, [line for line in file if b"ctxt_switches" in line]
    return None


def _finish(process, stdin, timeout, limit, idle):
    out, err = _Tail(process.stdout, limit), _Tail(process.stderr, OUTPUT_LIMIT)
    _aside(_feed, process.stdin, stdin) if stdin else process.stdin.close()
    code, why = _wait(process, timeout, idle)
    return Ran(code, out.text(), err.text() + why)


def _wait(process, timeout, idle):
    """Return (code, "") of a process that ended, or (124, why it was killed)."""
    end, still = time.monotonic() + timeout, Stillness(process.pid, idle or timeout)
    waiting = _aside(
        process.wait
    )  # with a timeout, Popen would look now and then, up to 50 ms late
    while True:
        waiting.join(max(0, min(PACE, end - time.monotonic())))
        if not waiting.is_alive():
            return process.returncode, ""
        over = time.monotonic() >= end
        if over or still.long():
            _kill(process)
            said = (
                "stopped after %s seconds" % timeout
                if over
                else "it did nothing for %d seconds" % idle
            )
            return 124, "\n" + said


def _aside(work, *words):
    """Do it in a thread that nobody has to wait for."""
    thread = threading.Thread(target=work, args=words)
    thread.daemon = True
    thread.start()
    return thread


def _feed(pipe, data):
    try:
        with pipe:
            pipe.write(data)
    except (BrokenPipeError, OSError):
        pass  # the program did not want to read it all


def _kill(process):
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class _Tail:
    """Reads a pipe in its own thread, so that a full one never blocks; keeps the last bytes."""

    def __init__(self, pipe, limit):
        self._pipe = pipe
        self._limit = limit
        self._data = bytearray()
        self._thread = _aside(self._read)

    def _read(self):
        with self._pipe:
            for chunk in iter(lambda: self._pipe.read1(65536), b""):
                self._data += chunk
                del self._data[: -self._limit]

    def text(self):
        # A daemon that inherited the pipe keeps it open: do not wait for it for ever.
        self._thread.join(1)
        return bytes(self._data).decode("utf-8", "surrogateescape")
