"""Run a program to its end: no shell, a known environment, bounded output, a time limit."""

import contextlib
import os
import select
import sys
import time

from hardener.host.typed import NamedTuple

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
    "LANG": "C",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
}
OUTPUT_LIMIT = 1 << 20
PACE = 1  # seconds
TICK = 0.002  # seconds
LAST = 1  # seconds for what a program has written last
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
            **_way(root, cwd, identity),
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Ran(127, "", "%s: %s" % (argv[0], getattr(error, "strerror", None) or error))
    return _finish(process, stdin, timeout, limit, idle)


def _way(root, cwd, identity):
    """Return how Popen does what become() does: by itself where it can, without a copy of us (vfork(2))."""
    if root == "/" and not identity and sys.version_info >= (3, 9):
        return {"start_new_session": True, "umask": 0o022, "cwd": cwd or "/"}
    return {"preexec_fn": lambda: become(root, cwd, identity)}  # become() takes no lock


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
    with _Pipes(process, stdin, limit) as pipes:
        code, why = _wait(process, pipes, timeout, idle)
        pipes.rest(LAST)
        out, err = pipes.texts()
    return Ran(code, out, err + why)


def _wait(process, pipes, timeout, idle):
    """Return (code, "") of a process that ended, or (124, why it was killed)."""
    end, still = time.monotonic() + timeout, idle and Stillness(process.pid, idle)
    while process.poll() is None:
        moved = pipes.move(max(0, min(PACE, end - time.monotonic())))
        over = time.monotonic() >= end
        stuck = still and not moved and still.long()
        if process.poll() is None and (over or stuck):
            _kill(process)
            said = (
                "stopped after %s seconds" % timeout
                if over
                else "it did nothing for %d seconds" % idle
            )
            return 124, "\n" + said
    return process.returncode, ""


def _kill(process):
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class _Pipes:
    """What goes to a program and comes from it, each as it can; of its output the last bytes are kept."""

    def __init__(self, process, stdin, limit):
        self._process = process
        self._left = memoryview(stdin)
        self._out, self._err = bytearray(), bytearray()
        self._poll = select.poll()
        self._does = {}  # by descriptor: what to do where it can be used
        self._watch(process.stdout.fileno(), select.POLLIN, self._read, self._out, limit)
        self._watch(process.stderr.fileno(), select.POLLIN, self._read, self._err, OUTPUT_LIMIT)
        if stdin:
            os.set_blocking(process.stdin.fileno(), False)
            self._watch(process.stdin.fileno(), select.POLLOUT, self._write)
        else:
            process.stdin.close()
        self._end = _end_of(process)
        if self._end is not None:
            self._watch(self._end, select.POLLIN, self._done)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            pipe.close()
        if self._end is not None:
            os.close(self._end)

    def move(self, seconds):
        """Wait so long for something that can go on, and have it go on; False where nothing could."""
        if self._end is None:
            seconds = min(seconds, TICK)  # its end shows in nothing else that we wait for
        ready = self._poll.poll(int(seconds * 1000))
        for fd, _ in ready:
            does, words = self._does[fd]
            does(fd, *words)
        return bool(ready)

    def rest(self, seconds):
        """Take what came last. A daemon that inherited a pipe keeps it open: no longer than so."""
        end = time.monotonic() + seconds
        outputs = {self._process.stdout.fileno(), self._process.stderr.fileno()}
        while outputs & set(self._does) and time.monotonic() < end:
            self.move(end - time.monotonic())

    def texts(self):
        return [bytes(data).decode("utf-8", "surrogateescape") for data in (self._out, self._err)]

    def _watch(self, fd, event, does, *words):
        self._poll.register(fd, event)
        self._does[fd] = does, words

    def _done(self, fd):
        self._poll.unregister(fd)
        del self._does[fd]

    def _read(self, fd, data, limit):
        chunk = os.read(fd, 1 << 16)
        data += chunk
        del data[:-limit]
        if not chunk:
            self._done(fd)

    def _write(self, fd):
        try:
            self._left = self._left[os.write(fd, self._left) :]
        except BlockingIOError:
            return
        except OSError:
            self._left = self._left[:0]  # the program did not want to read it all
        if not self._left:
            self._done(fd)
            self._process.stdin.close()


def _end_of(process):
    """Return what can be read once it has ended (pidfd_open(2)); None before Python 3.9 and Linux 5.3."""
    watch = getattr(os, "pidfd_open", None)
    with contextlib.suppress(OSError):
        return watch and watch(process.pid)
    return None
