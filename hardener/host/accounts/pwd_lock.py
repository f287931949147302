"""/etc/.pwd.lock, which all hold who write the files of accounts: lckpwdf(3), shadow-utils, systemd."""

import contextlib
import fcntl

from hardener.host.errors import Busy

LOCK = "/etc/.pwd.lock"
PATIENCE = 15  # seconds, as lckpwdf(3)


@contextlib.contextmanager
def held(system):
    """Hold the lock; raises Busy. In a tree that is not booted, nobody else is there."""
    if not system.live:
        yield
        return
    with system.append(LOCK) as file:
        _take(system, file)
        yield  # the kernel lets go of it with the file


def _take(system, file):
    end = system.clock() + PATIENCE
    while True:
        try:
            # A POSIX lock, as theirs is: fcntl(2) and flock(2) do not see each other.
            return fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if system.clock() > end:
                raise Busy(
                    "another program writes accounts, and has held %s for %d seconds"
                    % (LOCK, PATIENCE),
                    hint="wait for it to end (`fuser %s` names it), then try again" % LOCK,
                )
            system.sleep(0.1)
