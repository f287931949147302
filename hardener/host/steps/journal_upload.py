"""Send the journal to another host by TLS, once that host takes it: journal-upload.conf(5)."""

from hardener.host.errors import NotApplicable, Refused, StepError
from hardener.host.kinds import log_host
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.log_host import LogHost
from hardener.host.kinds.service import Service
from hardener.host.resource import Resource, Want
from hardener.host.systemd import conf as systemd_conf
from hardener.host.systemd import unit_files, units

PROGRAM, SECTION, UNIT = "journal-upload", "Upload", "systemd-journal-upload.service"
PORT = 19532  # where no other is said: systemd-journal-upload(8)
GROUP = "systemd-journal"  # it runs as a user that is there only meanwhile, and in this group
# Debian 11 starts it no more once the other host was away, 12 gives up after five times in a second.
# Its group is one that stays, else its folder would belong to a number (CIS 7.1.12, no unowned files).
OWN = {
    "Unit": {"StartLimitIntervalSec": 0},
    "Service": {"Restart": "on-failure", "RestartSec": 30, "Group": GROUP},
}


def plan(params, view):
    if view.facts["system"]["init"] != "systemd":
        raise NotApplicable("systemd does not run here, so no journal can be sent")
    path = systemd_conf.place(PROGRAM, params.name)
    drop_in = "%s/%s.d/%s.conf" % (units.ETC, UNIT, params.name)
    if params.state == "absent":
        yield from stopped(path, drop_in, view)
        return
    files = certificates(params, view)
    values = dict(zip(("TrustedCertificateFile", "ServerCertificateFile", "ServerKeyFile"), files))
    values["URL"] = params.host + (":%d" % params.port if params.port != PORT else "")
    if not sent(path, values, view):
        require_taken(LogHost("%s:%d" % (params.host, params.port), *files), params.host, view)
    require_program(view)
    yield from systemd_conf.put(path, SECTION, values, view)
    systemd_conf.require_last_word(path, SECTION, values, view)
    yield from unit_files.put(UNIT, drop_in, unit_files.text(OWN), view)
    yield from unit_files.brought(UNIT, True, True, view)
    inputs = [File(each) for each in [*systemd_conf.files(PROGRAM, view), *files]]
    yield view.effect(Resource("service_restart", Service(UNIT).id), inputs)


def require_program(view):
    if units.find(view, UNIT) is None:
        view.unless_arriving(Service(UNIT))
        raise StepError(
            "there is no %s on this host" % UNIT,
            hint="a step before this one can install it: package: systemd-journal-remote",
        )


def sent(path, values, view):
    """Is it all as it is wanted? Then nobody is asked: a log host that is away for a while stays the one."""
    now = view.read(Service(UNIT))
    files = systemd_conf.put(path, SECTION, values, view)
    return now.enabled and now.running and all(view.read(w.resource) == w.state for w in files)


def require_taken(host, name, view):
    """Raise NotApplicable where it does not answer, Refused where it does not take our journal."""
    answer = view.read(host)
    if answer.said == log_host.NOT_ASKED:
        view.note("%s is asked once %s is there" % (name, answer.why))
    elif answer.said == log_host.SILENT:
        raise NotApplicable("%s does not answer: %s" % (name, answer.why))
    elif answer.said == log_host.REFUSES:
        raise Refused("%s does not take the journal of this host" % name, why=answer.why)


def certificates(params, view):
    """Return the paths of authority, certificate and key; raises StepError where it could not read one."""
    files = [params.ca, params.certificate, params.key]
    for path in files:
        if not view.exists(path):
            view.unless_arriving(File(path))
            raise StepError("there is no %s" % path, hint="a `file` step before this can bring it")
        file = view.attributes(view.resolve(path))
        if not (file.mode & 0o004 or (file.mode & 0o040 and file.gid == view.gid(GROUP))):
            raise StepError(
                "systemd-journal-upload could not read %s" % path,
                why="it runs as a user of its own, in the group %s" % GROUP,
                hint='give the file `group: %s, mode: "0640"`' % GROUP,
            )
    return files


def stopped(path, drop_in, view):
    if units.find(view, UNIT) is not None:
        yield from unit_files.brought(UNIT, False, False, view)
    yield Want(File(path), ABSENT)
    yield from unit_files.taken(UNIT, drop_in, view)
