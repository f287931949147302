"""One run at a time: flock(2), with a note of who holds it, since when, in which boot."""

import contextlib
import fcntl
import json
import os

from hardener.host.errors import Busy

LATER = "`harden history` shows how it stands; with `--wait 60` an apply or a rollback waits for it"


@contextlib.contextmanager
def held(store, run, wait=0.0):
    """Hold the host's lock; raises Busy with the holder's facts. `wait` is in seconds.

    The kernel drops the lock with the process, so a dead holder holds nothing.
    """
    store.prepare()
    with store.system.scratch().append(store.path("lock")) as file:
        _take(store, file, wait)  # who does not get it leaves the holder's note alone
        try:
            with contextlib.suppress(OSError):  # a full disk: nobody is told who holds it
                _note(store, file, run)
            yield
        finally:
            store.system.forget_names()
            with contextlib.suppress(OSError):
                os.ftruncate(file.fileno(), 0)


def free(store):
    """Does nobody hold the lock? Looks only: a run that begins meanwhile is not in its way."""
    with store.system.scratch().append(store.path("lock")) as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _take(store, file, wait):
    deadline = store.system.clock() + wait
    while True:
        try:
            return fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if store.system.clock() >= deadline:
                raise Busy("another run holds this host", why=_holder(store), hint=LATER)
            store.system.sleep(0.1)


def _note(store, file, run):
    note = {
        "run": run,
        "pid": os.getpid(),
        "boot": boot_id(store.system),
        "since": store.system.now(),
        "user": os.environ.get("SUDO_USER") or os.environ.get("LOGNAME") or "uid %d" % os.getuid(),
    }
    os.ftruncate(file.fileno(), 0)
    file.write(json.dumps(note).encode("ascii"))


def _holder(store):
    try:
        note = json.loads(store.system.read(store.path("lock")).decode("ascii"))
        since = max(0, int(store.system.now() - note["since"]))
        return "run %(run)s by %(user)s, process %(pid)d" % note + ", for %d seconds" % since
    except (ValueError, KeyError, TypeError):
        return "its holder has left no note"


def boot_id(system):
    """The kernel's name for this boot (random(4)); empty in an unbooted tree."""
    path = "/proc/sys/kernel/random/boot_id"
    return system.read(path).decode("ascii").strip() if system.live else ""
