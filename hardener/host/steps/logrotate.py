"""Rotate logs: one file below /etc/logrotate.d, tried by logrotate before it is live."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.logrotate.block import block
from hardener.host.resource import Resource, Want
from hardener.host.text.dialects import SYSTEMD
from hardener.host.text.ini import Ini

UNITS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
DROP_INS = "/etc/systemd/system/logrotate.timer.d"
DROP_IN = DROP_INS + "/hourly.conf"
# An empty value clears the list of times; Debian's AccuracySec=1h could skip every other hour.
HOURLY = "[Timer]\nOnCalendar=\nOnCalendar=hourly\nAccuracySec=1m\n"  # systemd.timer(5)
CRON_DAILY, CRON_HOURLY = "/etc/cron.daily/logrotate", "/etc/cron.hourly/logrotate"


def plan(params, view):
    file = File("/etc/logrotate.d/" + params.name)
    if params.state == "absent":
        yield Want(file, ABSENT)
        return
    draft = dict(params, **numbered(params, view))
    # logrotate ignores files of others and files that a group may write: logrotate(8), include
    now = view.read(file)
    wanted = now.with_text(block(params), mode=0o644, uid=view.read(File("/")).uid)
    yield Want(file, wanted, ("logrotate", draft))
    if params.frequency == "hourly":
        yield from hourly(params, view)


def numbered(params, view):
    """Users and groups by number: an earlier step of the play may only be about to make them."""
    found = {}
    for name in ("su", "create", "createolddir"):
        if isinstance(params.get(name), dict):
            given = dict(params[name])
            given.update(
                {
                    key: view.uid(given[key])
                    for key in ("user", "owner")
                    if given.get(key) is not None
                }
            )
            given.update(
                {"group": view.gid(given["group"])} if given.get("group") is not None else {}
            )
            found[name] = given
    return found


def hourly(params, view):
    """Have logrotate itself run every hour, which no distribution does: logrotate(8), hourly."""
    if params.dateformat and not any(sign in params.dateformat for sign in ("%H", "%s")):
        raise StepError(
            "dateformat has no %H: the second rotation of a day would find the name taken"
        )
    timer = [
        path
        for path in (unit + "/logrotate.timer" for unit in UNITS)
        if view.read(File(path)).exists
    ]
    systemd = view.read(File("/run/systemd/system")).exists if view.live else bool(timer)
    if systemd and timer:
        yield from by_timer(timer[0], view)
    elif view.read(File(CRON_DAILY)).exists:
        yield Want(
            File(CRON_HOURLY), view.read(File(CRON_HOURLY)).as_link("../cron.daily/logrotate")
        )
    else:
        raise StepError(
            "nothing on this host runs logrotate, so nothing rotates hourly",
            why="there is neither logrotate.timer nor %s" % CRON_DAILY,
            hint="install logrotate with its timer or cron job, or run it from a cron step",
        )


def by_timer(timer, view):
    if not any(
        view.read(File(unit + "/timers.target.wants/logrotate.timer")).exists for unit in UNITS
    ):
        raise StepError(
            "logrotate.timer is not enabled, so nothing rotates hourly",
            hint="a step before this one can do it: service: {name: logrotate.timer, enabled: true}",
        )
    if runs_hourly(timer, view):
        return
    yield Want(File(DROP_INS), view.read(File(DROP_INS)).as_directory())
    yield Want(File(DROP_IN), view.read(File(DROP_IN)).with_text(HOURLY))
    if view.live:
        yield view.effect(Resource("daemon_reload", "logrotate.timer"), [File(DROP_IN)])


def runs_hourly(timer, view):
    """Does somebody else's file say so already?"""
    others = [path for path in view.glob(DROP_INS + "/*.conf") if path != DROP_IN]
    values = [
        Ini(view.read(File(path)).text(), SYSTEMD).values("Timer", "OnCalendar")
        for path in [timer] + others
    ]
    return "hourly" in [value for found in values for value in found]
