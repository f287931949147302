"""Rules of rsyslog in a file of their own: modes of logs, files, a host that gets them (rsyslog.conf(5))."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.service import Service
from hardener.host.resource import Resource, Want
from hardener.host.rsyslog import order
from hardener.host.systemd import units
from hardener.host.text import rsyslog

UNIT = "rsyslog.service"
SETTINGS = {  # they count for what is written below them in the old form
    "file_create_mode": "FileCreateMode",
    "dir_create_mode": "DirCreateMode",
    "file_owner": "FileOwner",
    "file_group": "FileGroup",
    "umask": "Umask",
}


def plan(params, view):
    if not view.exists(order.MAIN):
        view.unless_arriving(File(order.MAIN))
        raise StepError(
            "there is no rsyslog on this host",
            hint="a step before this one can install it: package: rsyslog",
        )
    path = "%s/%s.conf" % (order.FOLDER, params.name)
    if params.state == "absent":
        yield Want(File(path), ABSENT)
    else:
        wanted = settings(params)
        yield written(path, wanted, params, view)
        order.require_last_word(path, wanted, view)
        told(path, params, view)
    if view.facts["system"]["init"] == "systemd" and units.find(view, UNIT):
        # It reads its files at the start alone: HUP only closes its logs (rsyslogd(8)).
        inputs = [File(each) for each in order.files(view)] + secrets(params)
        yield view.effect(Resource("service_restart", Service(UNIT).id), inputs)


def settings(params):
    """Return {directive: value as it is written}."""
    found = {directive: params.get(name) for name, directive in SETTINGS.items()}
    return {directive: str(value) for directive, value in found.items() if value is not None}


def written(path, wanted, params, view):
    parts = ["$%s %s\n" % pair for pair in sorted(wanted.items())]
    parts += [params.text or "", *map(rule, params.rules or ())]
    parts += remote(params.name, params.remote, view) if params.remote else []
    text = "".join(parts)
    if not text.strip():
        raise StepError("it says nothing", hint="give `rules`, `remote`, a mode or `text`")
    root, now = view.read(File("/")), view.read(File(path))
    text += "" if text.endswith("\n") else "\n"
    state = now.with_text(text, mode=0o644, uid=root.uid, gid=root.gid)
    return Want(File(path), state, ("rsyslog", secrets(params)))


def rule(each):
    pairs = [("type", "omfile"), ("file", each["file"]), ("fileCreateMode", each["mode"])]
    pairs += [("fileOwner", each.get("owner")), ("fileGroup", each.get("group"))]
    return rsyslog.rule(each["select"], rsyslog.call("action", pairs), each["stop"])


# To another host


def remote(name, host, view):
    """Lines that send messages on, and keep on the disk what is not taken: omfwd(8), queues of rsyslog."""
    tls, port = host.get("tls"), host.get("port")
    if tls and host["protocol"] != "tcp":
        raise StepError("TLS goes over tcp alone", hint="write `protocol: tcp`")
    pairs = [("type", "omfwd"), ("target", host["host"]), ("protocol", host["protocol"])]
    pairs += [("port", port or (6514 if tls else 514))]
    pairs += [("queue.type", "LinkedList"), ("queue.filename", "forward_" + name)]
    pairs += [("queue.maxDiskSpace", host["queue_disk"]), ("queue.saveOnShutdown", "on")]
    pairs += [("action.resumeRetryCount", -1)] + (secured(host, tls, view) if tls else [])
    lines = [certificates(tls)] if tls else []
    return [*lines, rsyslog.rule(host["select"], rsyslog.call("action", pairs))]


def secured(host, tls, view):
    """x509/name: its certificate is of our authority, and in one of these names (rsyslog's TLS guide)."""
    driver = tls["driver"]
    if not view.glob("/usr/lib*/rsyslog/lmnsd_%s.so" % driver) + view.glob(
        "/usr/lib/*/rsyslog/lmnsd_%s.so" % driver
    ):
        package = {"gtls": "rsyslog-gnutls", "ossl": "rsyslog-openssl"}[driver]
        view.unless_arriving(Resource("package", package))
        raise StepError(
            "this rsyslog has no driver %s for TLS" % driver,
            hint="a step before this one can install it: package: %s" % package,
        )
    return [
        ("StreamDriver", driver),
        ("StreamDriverMode", 1),
        ("StreamDriverAuthMode", "x509/name"),
        ("StreamDriverPermittedPeers", ",".join(tls.get("peers") or [host["host"]])),
    ]


def certificates(tls):
    pairs = [("DefaultNetstreamDriverCAFile", tls["ca"])]
    pairs += [("DefaultNetstreamDriverCertFile", tls.get("certificate"))]
    pairs += [("DefaultNetstreamDriverKeyFile", tls.get("key"))]
    return rsyslog.call("global", pairs) + "\n"


def secrets(params):
    """The files of the host that the rules name: without them rsyslogd sends nothing."""
    tls = (params.remote or {}).get("tls") or {}
    return [File(tls[name]) for name in ("ca", "certificate", "key") if tls.get(name)]


# What the reader should know


def told(path, params, view):
    """Say whose files keep another mode, and whether it takes messages from other hosts (CIS 6.1.3.7)."""
    for other in order.files(view):
        text = view.read(File(other)).text() if other != path else ""
        for line in rsyslog.modeless(text) if params.file_create_mode else ():
            view.note(
                "%s:%d sets no fileCreateMode, and $FileCreateMode is not for it" % (other, line)
            )
    readable(params, view)


def readable(params, view):
    """Say where rsyslogd gives up its rights and may then not read the key."""
    users = [each.value for _, each in order.read(view) if each.name == "privdroptouser"]
    for file in secrets(params) if users else ():
        if not view.attributes(file.id).mode & 0o004:
            view.note("rsyslogd runs as %s, which must be able to read %s" % (users[-1], file.id))
