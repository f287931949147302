"""A private folder to lay candidates out in, one each time, gone when its user is done.

A preview takes no lock, so it must not share a folder with a run. Each folder is held by
flock(2), which the kernel drops with the process: so a run knows what a dead one has left.
"""

import binascii
import contextlib
import fcntl
import os

FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def folder(store):
    """Yield the path of a new, empty, private folder in the state folder."""
    store.prepare()
    system, path, held = store.system.scratch(), None, None
    while held is None:
        path = store.path("staging", binascii.hexlify(os.urandom(8)).decode("ascii"))
        system.mkdir(path, 0o700, *store.owner)
        held = _hold(system, path)
    try:
        yield path
    finally:
        system.clear(path)
        os.close(held)


def sweep(store):
    """Remove the folders that no living process holds."""
    system = store.system.scratch()
    for name in system.listdir(store.path("staging")):
        path = store.path("staging", name)
        held = _hold(system, path)
        if held is not None:
            system.clear(path)
            os.close(held)


@contextlib.contextmanager
def alone(system, path):
    """Hold a folder for the time of the context; yields False where others do, or it is gone."""
    held = _hold(system, path)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def _hold(system, path):
    """Return a descriptor that holds the folder; None where another does, or it is gone."""
    with contextlib.suppress(FileNotFoundError), system.at(path) as (parent, name):
        fd = os.open(name, FLAGS, dir_fd=parent)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(fd), os.stat(name, dir_fd=parent)):
                return fd
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(fd)
    return None
