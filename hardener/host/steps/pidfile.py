"""A pid file that was left behind: its process has ended, or the number is another one's by now."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.pidfile import PidFile
from hardener.host.processes.foretold import unless_ended
from hardener.host.resource import Want


def plan(params, view):
    path = view.place(params.path)
    if not view.exists(path):
        return {"running": None}
    told = named(path, view)
    why = told.gone or told.another(params, view.uid(params.user))
    unless_ended(PidFile(path), view, "it names process %d" % told.pid)
    if not why:
        view.note("%s is process %d's, which runs" % (path, told.pid))
        return {"running": told.pid}
    view.note("process %d %s" % (told.pid, why))
    yield Want(File(path), ABSENT)
    return {"running": None}


def named(path, view):
    """Return what a pid file tells; raise StepError for what is none."""
    if view.read(File(path)).type != "file":
        raise StepError("%s is no file: a pid file is meant" % path)
    told = view.read(PidFile(path))
    if told.wrong is not None:
        raise StepError(
            "%s does not hold the number of a process: %r" % (path, told.wrong),
            hint="`file: {path: %s, state: absent}` removes it, whatever it holds" % path,
        )
    return told
