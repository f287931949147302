"""What rsyslogd says of its whole configuration with a new file in it: rsyslogd -N1 (rsyslogd(8)).

It is read where it will be, in a mount namespace of its own: AppArmor lets rsyslogd read nothing
elsewhere. Only complaints that it does not have without the candidate count.
"""

import posixpath
import re

from hardener.host.errors import Refused
from hardener.host.kinds.file import File
from hardener.host.rsyslog import order

APART = 'mount --bind "$1" %s && exec rsyslogd -N1' % order.FOLDER
CHATTER = re.compile(r"version .*config validation run|End of config validation|running as pid 1")
NUMBER = re.compile(r"\d+")


def check(candidate, needed):
    """`needed` are files that the rules name, of which an earlier step of a preview may tell."""
    system, view = candidate.system, candidate.view
    lacking = [file.id for file in needed if view.exists(file.id) and not system.lstat(file.id)]
    if lacking:
        view.note("%s is tried in the apply, once %s is there" % (candidate.path, lacking[0]))
        return
    if not (view.live and system.privileged and system.can_run("rsyslogd")):
        view.note("%s was not tried: there is no rsyslogd here that we may ask" % candidate.path)
        return
    ok, said = judged(candidate, candidate.state)
    if ok is None:
        view.note("%s was not tried: %s" % (candidate.path, said))
    elif not ok:
        compared(candidate, said)


def compared(candidate, said):
    """Raise Refused unless the configuration had all these complaints before."""
    old = {NUMBER.sub("", line) for line in judged(candidate, None)[1].splitlines()}
    new = [line for line in said.splitlines() if NUMBER.sub("", line) not in old]
    if new:
        raise Refused("rsyslogd refuses the new %s" % candidate.path, why="\n".join(new)[-2000:])
    candidate.view.note("rsyslogd complains of other files of this host: %s" % said)


def judged(candidate, state):
    """Return (whether it has nothing to say, what it says) with this state of the file, None: as it is now.

    The first is None where it could not be asked.
    """
    folder = candidate.folder + "/rsyslog.d"
    lay(candidate, state, folder)
    argv = ["unshare", "--mount", "sh", "-c", APART, "sh", folder]
    ran = candidate.system.run(argv, changes=False)
    candidate.system.clear(folder)
    if ran.err.startswith(("unshare:", "mount:")):
        return None, ran.why()
    lines = [line for line in (ran.err + ran.out).splitlines() if not CHATTER.search(line)]
    return ran.ok, "\n".join(lines)


def lay(candidate, state, folder):
    """Copy the folder as the view shows it."""
    system, view, ours = candidate.system, candidate.view, candidate.system.lstat(candidate.folder)
    owner = ours.st_uid, ours.st_gid
    system.mkdir(folder, 0o700, *owner)
    files = {path: view.read(File(view.resolve(path))) for path in view.glob(order.FOLDER + "/*")}
    for path, each in dict(files, **({candidate.path: state} if state else {})).items():
        if each.type == "file":
            place = posixpath.join(folder, posixpath.basename(path))
            system.replace(place, each.content.chunks(), 0o600, *owner)
