"""What systemd-analyze says of a unit with a new file or drop-in, among the others of the play.

Only what it says of this file and this unit counts.
"""

import posixpath
import re

from hardener.host.errors import Refused
from hardener.host.kinds.file import File
from hardener.host.resource import Resource
from hardener.host.systemd import units

NOT_THERE = re.compile(r"Command (\S+) is not executable|Unit (\S+) not found")
CALENDAR = re.compile(r"(?m)^[ \t]*OnCalendar[ \t]*=[ \t]*(\S.*?)[ \t]*$")


def check(candidate, unit):
    """`unit` is the one whose file, or whose drop-in, the candidate is."""
    if not candidate.system.can_run("systemd-analyze"):
        candidate.view.note(
            "%s was not checked: there is no systemd-analyze that can be run" % unit
        )
        return
    if unit.endswith(".timer"):
        calendars(candidate)
    base = lay(candidate)
    named = unit.replace("@.", "@one.")
    argv = ["systemd-analyze", "--man=no", "verify", named]
    ran = candidate.system.run(argv, env={"SYSTEMD_UNIT_PATH": base + ":"}, changes=False)
    own = base + candidate.path[len(units.ETC) :]
    for line in ran.err.splitlines():
        if line.startswith((own + ":", named + ":", "Unit %s " % named)):
            judge(line.replace(base, units.ETC), candidate)


def judge(line, candidate):
    missing = NOT_THERE.search(line)
    if missing:
        program, unit = missing.groups()
        if (program and candidate.view.exists(program)) or (
            unit and units.find(candidate.view, unit)
        ):
            return  # an earlier step of the play brings it
        candidate.view.unless_arriving(Resource("file", program or unit))
    raise Refused("systemd would not take %s as it is meant" % candidate.path, why=line)


def lay(candidate):
    """Lay out /etc/systemd/system as it will be, links left out; return where."""
    base, system, view = candidate.folder + "/units", candidate.system.scratch(), candidate.view
    owner = system.lstat(candidate.folder)
    for path in sorted(
        {candidate.path, *view.glob(units.ETC + "/*"), *view.glob(units.ETC + "/*.d/*.conf")}
    ):
        state = candidate.state if path == candidate.path else view.read(File(path))
        if state.type == "file":
            place = base + path[len(units.ETC) :]
            for folder in (base, posixpath.dirname(place)):
                if system.lstat(folder) is None:
                    system.mkdir(folder, 0o755, owner.st_uid, owner.st_gid)
            system.replace(place, state.content.chunks(), 0o644, owner.st_uid, owner.st_gid)
    return base


def calendars(candidate):
    for words in CALENDAR.findall(candidate.state.text()):
        ran = candidate.system.run(["systemd-analyze", "calendar", words], changes=False)
        if not ran.ok or "Next elapse: never" in ran.out:
            why = ran.why() if not ran.ok else "it never comes"
            raise Refused("`OnCalendar=%s` is no time to come" % words, why=why)
