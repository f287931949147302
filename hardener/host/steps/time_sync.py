"""Whom this host asks for the time: a file for chrony or systemd-timesyncd, and the one that runs."""

import posixpath
import re

from hardener.host.edits import changed
from hardener.host.errors import NotApplicable, StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.service import Service
from hardener.host.resource import Resource, Want
from hardener.host.steps import Params, service
from hardener.host.systemd import conf as systemd_conf
from hardener.host.systemd import units
from hardener.host.typed import NamedTuple

CHRONY_CONF = ("/etc/chrony/chrony.conf", "/etc/chrony.conf")  # Debian's, and Red Hat's
CONFDIR = re.compile(r"(?mi)^[ \t]*confdir[ \t]+(.+?)[ \t]*$")
# What names sources of time, itself or in other files: chrony.conf(5).
SOURCE = re.compile(r"[ \t]*(server|pool|peer|sourcedir)\b", re.IGNORECASE)


class Daemon(NamedTuple):
    """`units` are the names that its unit may have, `program` is where its package puts it."""

    program: str
    units: tuple


DAEMONS = {
    "chrony": Daemon("/usr/sbin/chronyd", ("chrony.service", "chronyd.service")),
    "timesyncd": Daemon("/usr/lib/systemd/systemd-timesyncd", ("systemd-timesyncd.service",)),
}


def plan(params, view):
    if view.facts["system"]["container"]:
        raise NotApplicable("a container has the time of the machine that it runs on")
    name = chosen(params, view)
    unit = unit_of(name, view)
    alone(name, view)
    yield from {"chrony": chrony, "timesyncd": timesyncd}[name](params, view)
    yield from service.plan(Params(name=unit, enabled=True, running=True), view)
    if view.facts["system"]["init"] == "systemd":
        inputs = [File(path) for path in read_by(name, view)]
        yield view.effect(Resource("service_restart", Service(unit).id), inputs)


def chosen(params, view):
    """Return the name of the daemon: the one that is asked for, or else the one that is there."""
    wanted = [params.program] if params.program != "auto" else list(DAEMONS)
    for name in wanted:
        if view.exists(DAEMONS[name].program):
            return name
    for name in wanted:
        view.unless_arriving(File(DAEMONS[name].program))
    raise StepError(
        "there is no %s on this host" % " and no ".join(wanted),
        hint="a step before this one can install it: package: chrony",
    )


def unit_of(name, view):
    found = [unit for unit in DAEMONS[name].units if units.find(view, unit)]
    if not found:
        raise StepError("there is no unit %s" % " or ".join(DAEMONS[name].units))
    return found[0]


def alone(name, view):
    """Raise StepError where the other daemon is enabled too (CIS 2.3.1.1): both would set the clock."""
    for other, daemon in sorted(DAEMONS.items()):
        for unit in daemon.units if other != name else ():
            if view.facts["system"]["init"] == "systemd" and view.read(Service(unit)).enabled:
                raise StepError(
                    "%s is enabled too: two would set the clock" % unit,
                    hint="a step before this one can turn it off: "
                    "service: {name: %s, enabled: false, state: stopped}" % unit,
                )


def read_by(name, view):
    if name == "timesyncd":
        return systemd_conf.files(name, view)
    main = chrony_conf(view)
    return [main] + view.glob(confdir(main, view) + "/*.conf")


# systemd-timesyncd, as timesyncd.conf(5) says


def timesyncd(params, view):
    path = systemd_conf.place("timesyncd", params.name)
    if params.state == "absent":
        yield Want(File(path), ABSENT)
        return
    for word in ("pools", "nts"):
        if params.get(word):
            raise StepError(
                "systemd-timesyncd knows no `%s`" % word, hint="chrony does: package: chrony"
            )
    values = {"NTP": params.servers, "FallbackNTP": [] if params.only else None}
    values["FallbackNTP"] = params.fallback or values["FallbackNTP"]
    values = {key: list(names) for key, names in values.items() if names is not None}
    if not values:
        return
    yield from systemd_conf.put(path, "Time", values, view)
    systemd_conf.require_last_word(path, "Time", values, view)


# chrony, as chrony.conf(5) says


def chrony(params, view):
    main = chrony_conf(view)
    path = "%s/%s.conf" % (confdir(main, view), params.name)
    if params.state == "absent":
        yield Want(File(path), ABSENT)
        return
    if params.fallback is not None:
        raise StepError("chrony knows no `fallback`", hint="name all of them as `servers`")
    text, now = "".join(line + "\n" for line in sources(params)), view.read(File(path))
    if text:
        root = view.read(File("/"))
        wanted = now.with_text(text, mode=0o644, uid=root.uid, gid=root.gid)
        yield Want(File(path), wanted, ("chrony", None))
    if params.only:
        yield without_sources(main, view)
        require_only(main, path, view)


def chrony_conf(view):
    found = [path for path in CHRONY_CONF if view.exists(path)]
    if not found:
        view.unless_arriving(File(CHRONY_CONF[0]))
        raise StepError("there is no %s" % " and no ".join(CHRONY_CONF))
    return found[0]


def confdir(main, view):
    """Return the folder whose files chrony reads beside its own."""
    found = CONFDIR.findall(view.read(File(main)).text())
    if not found:
        hint = "add `confdir %s/conf.d` to it" % posixpath.dirname(main)
        raise StepError("chrony reads no folder of files: %s has no `confdir`" % main, hint=hint)
    return found[-1].split()[-1].rstrip("/")


def sources(params):
    more = " iburst nts" if params.nts else " iburst"
    yield from ("server %s%s" % (each, more) for each in params.servers or ())
    yield from ("pool %s%s" % (each, more) for each in params.pools or ())


def without_sources(main, view):
    def edit(text):
        return "".join(line for line in text.splitlines(True) if not SOURCE.match(line))

    now = view.read(File(main))
    return Want(File(main), now.with_text(changed(main, now.text(), edit)), ("chrony", None))


def require_only(main, own, view):
    """Raise StepError for the first line of another file that names a source."""
    for path in view.glob(confdir(main, view) + "/*.conf"):
        lines = view.read(File(path)).text().splitlines() if path != own else ()
        for number, line in enumerate(lines, 1):
            if SOURCE.match(line):
                raise StepError(
                    "%s names a source of its own: %s" % (path, line.strip()),
                    where="%s:%d" % (path, number),
                    hint="remove that line, or leave out `only`",
                )
