"""What a file tells that holds the number of a process: does it run, and is it the one that wrote it?

Only looked at; the id is the path. Numbers are used again, so a process that began after the file was
written is another one.
"""

import re

from hardener.host.door import processes
from hardener.host.errors import Unseen
from hardener.host.kinds.base import Kind
from hardener.host.processes.choice import matches
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Optional

TICKS = 100.0  # a second, on every architecture: proc(5), USER_HZ
SLACK = 5  # seconds that a file may be older than its process: who starts it may write it first
LONGEST = 64


class Told(NamedTuple):
    """`gone` says why its process is not that of before, "" where it is; then come what it is, and whose.

    `wrong` is what the file holds where that is no such number.
    """

    exists: bool = False
    wrong: Optional[str] = None
    pid: int = 0
    gone: str = ""
    name: str = ""
    line: str = ""
    uid: int = 0

    def another(self, params, uid):
        """Say why it is not the process that `name`, `pattern` and `user` mean; "" if it is."""
        if params.name and self.name != params.name:
            return "is %s, not %s" % (self.name, params.name)
        if params.pattern and not matches(params.pattern, self.line):
            return "is `%s`" % self.line
        return "is not %s's" % params.user if uid not in (None, self.uid) else ""


def PidFile(path):  # noqa: N802 - reads as the thing that it names
    return Resource("pidfile", path)


class PidFileKind(Kind):
    name = "pidfile"
    State = Told

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, path):
        info = self.system.lstat(path)
        if not info:
            return Told()
        with self.system.open(path) as file:
            text = file.read(LONGEST).decode("ascii", "replace").strip()
        if not re.match(r"[0-9]+\Z", text) or not int(text):
            return Told(True, wrong=text)
        return self._of(int(text), info.st_mtime)

    def _of(self, pid, written):
        process = self._running(pid)
        if process is None:
            return Told(True, pid=pid, gone="has ended")
        if self._began(process) > written + SLACK:
            return Told(True, pid=pid, gone="is another one by now")
        line = " ".join(processes.arguments(self.system, pid))
        return Told(True, None, pid, "", process.name, line, processes.user(self.system, pid) or 0)

    def _running(self, pid):
        """Return the Process, or None; raises Unseen where /proc hides it: proc(5), hidepid."""
        process = next(processes.running(self.system, [pid]), None)
        if process or not self.system.live or self._is_zombie(pid):
            return process
        if self.system.has_process(pid):
            raise Unseen("process %d is another user's, and can't be seen" % pid)
        return None

    def _is_zombie(self, pid):
        try:
            return processes.parsed(self.system.of_process(pid, "stat"))[1] == processes.ZOMBIE
        except OSError:
            return False

    def _began(self, process):
        """Return when a process was started, in seconds since 1970.

        Not by /proc/uptime, which in a container may be the container's: lxcfs(1).
        """
        return self.system.now() - self.system.clock() + process.started / TICKS


KIND = PidFileKind
