"""The kept code, compiled for this Python after its first run, by a process that nobody waits for.

Nothing else writes bytecode there: each file is on the disk before it has its name, so that
a power cut leaves none that is torn, and what undoes a run can always be loaded.
"""

import os
import sys

NICE = 10


def keep_later(folder, pipes):
    """Compile what is kept in `folder`, unless that was done; `pipes` are files to be let go of."""
    done = "%s/compiled-%s" % (folder, sys.implementation.cache_tag)
    if sys.flags.dont_write_bytecode or os.path.exists(done) or os.fork():
        return
    try:
        _leave(pipes)
        _compile(folder)
        _put(done, lambda path: os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)))
    finally:
        os._exit(0)


def _leave(pipes):
    """Be no part of the session any more: it is over when those who began it have ended."""
    os.setsid()
    os.nice(NICE)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in [0, 1, 2] + [pipe.fileno() for pipe in pipes]:
        os.dup2(null, fd)


def _compile(folder):
    from importlib.util import cache_from_source

    for parent, _, names in os.walk(folder + "/hardener"):
        for name in names:
            cached = name.endswith(".py") and cache_from_source(parent + "/" + name)
            if cached and not os.path.exists(cached):
                _one(parent + "/" + name, cached)


def _one(path, cached):
    import py_compile

    os.makedirs(os.path.dirname(cached), exist_ok=True)
    try:
        _put(cached, lambda fresh: py_compile.compile(path, fresh, path, doraise=True))
    except py_compile.PyCompileError:
        pass  # meant for a newer Python; its import says so, if it is ever imported


def _put(path, make):
    """Have a file made beside its place, synced, and named."""
    fresh = "%s.%d" % (path, os.getpid())
    make(fresh)
    fd = os.open(fresh, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
    os.rename(fresh, path)
