"""Work in a forked child that becomes another user, in step with this process.

For libraries that must not run as root on files of others (SQLite makes files
beside a database), and whose locks must not be in this process: closing any
descriptor of a file drops all POSIX locks that the process has on it (fcntl(2)).
"""

import json
import os
import select
import signal
import socket
import sys
import time
import warnings

from hardener.host.door import programs
from hardener.host.errors import HostError, Refused, StepError

GRACE = 20  # seconds
FIRST, LONGEST = 0.0001, 0.01  # seconds between two looks whether it has ended: it mostly has


class Talk:
    """One end of the line between the two: JSON, one message a line."""

    def __init__(self, end):
        self._end = end
        self._file = end.makefile("rwb")
        self.pid = None  # of the other side
        self.waiting = lambda: None  # called again and again while nothing comes

    def send(self, message):
        self._file.write(json.dumps(message).encode("ascii") + b"\n")
        self._file.flush()

    def receive(self):
        """Return the next message; raise what the other side raised."""
        while not select.select([self._end], [], [], programs.PACE)[0]:
            self.waiting()
        line = self._file.readline()
        if not line:
            raise StepError("the other process ended too early")
        message = json.loads(line.decode("ascii"))
        if isinstance(message, dict) and "refused" in message:
            raise Refused(**message["refused"])
        return message

    def close(self):
        self._file.close()
        self._end.close()


class Apart:
    """A context in which `work(talk, become)` runs in a child; its value is this side's Talk.

    The child calls `become(folder)` when it has opened what only we may open: from
    then on it is `identity` (uid, gid, groups), sees `root` as / and is in `folder`.
    """

    def __init__(self, work, identity, root):
        self._work = work
        self._become = lambda folder="/": programs.become(root, folder, identity)

    def __enter__(self):
        ours, theirs = socket.socketpair()
        with warnings.catch_warnings():
            # fork beside threads: the child starts none and takes no lock
            warnings.simplefilter("ignore")
            self._pid = os.fork()
        if not self._pid:
            ours.close()
            self._child(Talk(theirs))
        theirs.close()
        self._talk = Talk(ours)
        self._talk.pid = self._pid
        self._talk.waiting = self._look_after
        self._stillness = programs.Stillness(self._pid, programs.STUCK)
        return self._talk

    def _child(self, talk):
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._work(talk, self._become)
            code = 0
        except HostError as error:
            told = error.data()
            talk.send({"refused": {name: told[name] for name in ("what", "where", "why", "hint")}})
        except BaseException:  # noqa: BLE001 - told by the exit code: nothing may run on below
            # imports nothing: that costs time, and the work may have moved to a tree without Python
            sys.__excepthook__(*sys.exc_info())
        finally:
            os._exit(code)  # nothing of this process's own may run at its end

    def _look_after(self):
        """Do not wait for ever: the child's user can stop it with a signal, or put a fifo in its way."""
        if self._stillness.long():
            os.kill(self._pid, signal.SIGKILL)
            raise Refused(
                "the process that was to look does not get on, and was killed",
                why="for %d seconds it has done nothing: stopped, or led to a fifo?"
                % programs.STUCK,
            )

    def __exit__(self, type, *exc):
        try:
            self._talk.close()
        finally:
            status = self._end(time.monotonic() + GRACE)
        if os.WIFSIGNALED(status) and type is None:
            raise StepError("the other process was killed (signal %d)" % os.WTERMSIG(status))

    def _end(self, deadline):
        """Wait for the child, which ends when the line does, and kill it if it does not; how it ended."""
        pause = FIRST
        while True:
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                return status
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST)
