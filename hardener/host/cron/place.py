"""Where a table of cron lies, and whose it is: cron(8), crontab(5)."""

import posixpath
import re

from hardener.host.door.writing import CRON, CRONTABS
from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Optional

SPOOLS = (CRONTABS, "/var/spool/cron/tabs", "/var/spool/cron", "/etc/crontabs")
DEBIAN = CRONTABS
OF_SYSTEM = "/etc/crontab"
FOLDER = CRON
LONGEST = 998  # bytes of a command that Debian's cron reads: MAX_COMMAND
NAME = re.compile(r"[A-Za-z0-9_-]+")  # what Debian's cron reads, as run-parts(8) does


class Place(NamedTuple):
    """A table: its file, who may read it, and whether its entries have a column for the user."""

    path: str
    mode: int
    uid: int
    gid: Optional[int]
    with_users: bool

    @property
    def headed(self):
        """Does `crontab -l` take comments at its top for its own, and pass over three of them?"""
        return posixpath.dirname(self.path) == DEBIAN


def of(user, cron_file, view):
    """The table of a user, or a file that is the system's."""
    uid = view.uid(user)  # who is not there has no jobs
    if cron_file is not None:
        return Place(file(cron_file, view), 0o644, view.read(File("/")).uid, None, True)
    spool = next((each for each in SPOOLS if view.exists(each)), None)
    if spool is None:
        view.unless_arriving(Resource("program", "cron"))
        raise StepError(
            "there is no cron on this host: it has no %s" % DEBIAN,
            hint="a step before this one can install it: package: {name: cron}",
        )
    gid = view.read(File(view.resolve(spool))).gid
    return Place(view.resolve(spool) + "/" + user, 0o600, uid, gid, False)


def file(cron_file, view):
    """The path of a file of /etc/cron.d by its name, or of the one that stands above it."""
    path = File(posixpath.join(FOLDER, cron_file)).id
    folder, name = posixpath.split(path)
    if path != OF_SYSTEM and folder != FOLDER:
        raise StepError("cron reads no %s: a name in %s, or %s" % (path, FOLDER, OF_SYSTEM))
    if path != OF_SYSTEM and not NAME.fullmatch(name):
        raise StepError(
            "cron would not read %s" % path,
            why="names there are letters, digits, `_` and `-`: run-parts(8)",
            hint="`cron_file: %s`" % (re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "jobs"),
        )
    if not view.exists(folder):
        view.unless_arriving(File(folder))
        raise StepError(
            "there is no cron on this host that reads %s" % FOLDER,
            hint="a step before this one can install it: package: {name: cron}",
        )
    return view.resolve(path)


def check_length(job, view):
    """One that is too long makes Debian's cron read nothing of the table."""
    length = len(job.encode("utf-8", "surrogateescape"))
    if length > LONGEST and view.exists(DEBIAN):
        raise StepError(
            "cron would not read a command of %d bytes" % length,
            hint="put it into a script: %d are the most" % LONGEST,
        )


def barred(user, view):
    """The file by which this user may not use crontab(1); "" if they may. Their jobs run all the same."""
    allow, deny = "/etc/cron.allow", "/etc/cron.deny"
    if user == "root":
        return ""
    if view.exists(allow):
        return "" if user in names(allow, view) else allow
    return deny if view.exists(deny) and user in names(deny, view) else ""


def names(path, view):
    return view.read(File(view.resolve(path))).text().split()
