"""How the journal is kept: a drop-in for journald, or its file, read at once (journald.conf(5))."""

from hardener.host.errors import NotApplicable, StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.resource import Resource, Want
from hardener.host.systemd import conf as systemd_conf

IN_FILE = "change that line, or leave out `in: file`: a drop-in counts before the file"
PROGRAM, SECTION, UNIT = "journald", "Journal", "systemd-journald"
KEYS = {
    "storage": "Storage",
    "compress": "Compress",
    "seal": "Seal",
    "system_max_use": "SystemMaxUse",
    "system_keep_free": "SystemKeepFree",
    "system_max_file_size": "SystemMaxFileSize",
    "runtime_max_use": "RuntimeMaxUse",
    "max_retention": "MaxRetentionSec",
    "max_file_time": "MaxFileSec",
    "rate_limit_interval": "RateLimitIntervalSec",
    "rate_limit_burst": "RateLimitBurst",
    "forward_to_syslog": "ForwardToSyslog",
    "forward_to_wall": "ForwardToWall",
}


def plan(params, view):
    if not systemd_conf.files(PROGRAM, view):
        raise NotApplicable("there is no journald on this host")
    path = systemd_conf.place(PROGRAM, params.name)
    if params.state == "absent":
        yield Want(File(path), ABSENT)
    elif params["in"] == "file":
        values, path = wanted(params), "%s/%s.conf" % (systemd_conf.ETC, PROGRAM)
        yield from systemd_conf.edit(PROGRAM, SECTION, values, view)
        systemd_conf.require_last_word(path, SECTION, values, view, IN_FILE)
    else:
        values = wanted(params)
        yield from systemd_conf.put(path, SECTION, values, view)
        systemd_conf.require_last_word(path, SECTION, values, view)
    if view.facts["system"]["init"] == "systemd":
        inputs = [File(each) for each in systemd_conf.files(PROGRAM, view)]
        # It takes no reload; what is logged meanwhile waits in its sockets, which systemd keeps.
        yield view.effect(Resource("service_restart", UNIT), inputs)


def wanted(params):
    values = {
        key: systemd_conf.word(params.get(name))
        for name, key in KEYS.items()
        if params.get(name) is not None
    }
    if not values:
        raise StepError("it says nothing", hint="give one of: %s" % ", ".join(sorted(KEYS)))
    return values
