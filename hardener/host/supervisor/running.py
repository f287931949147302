"""Which supervisord runs with a configuration, and how it can be told."""

import contextlib
import posixpath
import re

from hardener.host.door import paths, processes
from hardener.host.errors import StepError
from hardener.host.supervisor import server
from hardener.host.supervisor.config import parsed
from hardener.host.supervisor.daemon import call_all
from hardener.host.supervisor.server import Server
from hardener.host.typed import NamedTuple, Optional, Tuple

NAMES = ("supervisord", "supervisor.supervisord")  # the latter by `python -m`
# Where it looks without -c (supervisor/options.py), but for the folders beside its own program.
DEFAULTS = (
    "supervisord.conf",
    "etc/supervisord.conf",
    "/etc/supervisord.conf",
    "/etc/supervisor/supervisord.conf",
)
TOLD = ("getPID", "getAllConfigInfo", "getAllProcessInfo")


class Running(NamedTuple):
    """A supervisord that runs with a configuration, as far as it lets us know it.

    `why` tells what keeps us from talking with it; `resting` are groups with a program that
    somebody has stopped: an update would start it; `groups` are those that it uses, and `loaded`
    is what it has read last of each process: getAllConfigInfo as sorted pairs.
    """

    pid: Optional[int] = None
    environment: Tuple[Tuple[str, str], ...] = ()
    server: Optional[Server] = None
    listens: bool = False
    why: str = ""
    resting: Tuple[str, ...] = ()
    user: Optional[int] = None  # the uid that it runs as
    groups: Tuple[str, ...] = ()
    loaded: Tuple[Tuple, ...] = ()
    denied: bool = False  # is it our rights that keep us from talking with it?


def look(system, path, host):
    """Who runs with this main file, and does it answer?"""
    found = Running(started_with(system, path, host))
    if found.pid:
        found = found._replace(
            environment=processes.environment(system, found.pid),
            user=processes.user(system, found.pid),
        )
    where = server.find(path, host, lambda: dict(found.environment))
    found = found._replace(server=where)
    if where is None:
        return found._replace(why="%s names no server by which it can be told" % path)
    try:
        with contextlib.closing(system.dial(where.address, 10)) as connection:
            user = system.listener(connection)
            found = found._replace(user=found.user if user is None else user)
    except OSError as error:
        why = "nobody answers at %s: %s" % (where.address, error)
        return found._replace(why=why, denied=isinstance(error, PermissionError))
    try:
        return talk(system, found)
    except StepError as error:
        return found._replace(listens=True, why=" ".join(filter(None, (error.what, error.why))))


def talk(system, found):
    """Ask the one that listens for what only it can tell."""
    pid, configured, programs = call_all(system, found.server, *TOLD)
    ours = processes.user(system, pid) == found.user  # it can't lead us to another's environment
    environment = found.environment or (processes.environment(system, pid) if ours else ())
    return found._replace(
        pid=pid,
        environment=environment,
        listens=True,
        resting=tuple(sorted(resting(configured, programs))),
        groups=tuple(sorted({p["group"] for p in programs})),
        loaded=tuple(tuple(sorted(c.items())) for c in configured),
    )


def resting(configured, programs):
    """The groups with a program that would have been started at boot, and was stopped since."""
    started = {(c["group"], c["name"]) for c in configured if c["autostart"] and c["inuse"]}
    stopped = [p for p in programs if p["statename"] in ("STOPPED", "STOPPING")]
    return {p["group"] for p in stopped if (p["group"], p["name"]) in started}


def started_with(system, path, host):
    """The process of the supervisord that was started with this main file, or None.

    Anybody can start a process that looks like one: it must be root's, ours, of who owns the file,
    or of whom the file has it become.
    """
    if not system.live:
        return None
    found = [pid for pid in processes.numbers(system) if path in mains(system, pid)]
    found = list(processes.running(system, found))
    users = {host.owner(path), host.uid(runs_as(path, host))} if found else ()
    running_as = [(p, processes.user(system, p.pid)) for p in found]
    found = [p for p, user in running_as if paths.ours(user) or user in users]
    return min(found, key=lambda p: p.started).pid if found else None


def mains(system, pid):
    """The main files that a process reads if it is a supervisord: one, or where it looks for one."""
    words = processes.arguments(system, pid)
    if not any(posixpath.basename(word) in NAMES for word in words[:3]):
        return ()
    here = processes.folder(system, pid)
    if here is None:
        return ()
    return [posixpath.normpath(posixpath.join(here, each)) for each in named(words) or DEFAULTS]


def named(words):
    """What `-c` or `--configuration` names (supervisord's own options)."""
    text = "\0".join(words)
    return re.findall("\0(?:-[a-z]*c|--configuration)[=\0]?([^\0]+)", text)[-1:]


def runs_as(path, host):
    text = host.text(path)
    return None if text is None else parsed(text).get("supervisord", "user")


def where(system, path, host):
    """The server by which the supervisord of this main file can be asked, or None."""

    def environment():
        pid = started_with(system, path, host)
        return dict(processes.environment(system, pid)) if pid else {}

    return server.find(path, host, environment)
