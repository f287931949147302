"""What becomes of the memory of a program that crashes: kernel, limits and systemd say the same."""

from hardener.host.kinds.file import ABSENT, File
from hardener.host.resource import Want
from hardener.host.steps import Params, limits, sysctl
from hardener.host.systemd import conf as systemd_conf

PROGRAM, SECTION = "coredump", "Coredump"
# For all but root, and for root, whom `*` leaves out (limits.conf(5)).
NONE = [{"domain": who, "type": "hard", "item": "core", "value": 0} for who in ("*", "root")]


def plan(params, view):
    path = systemd_conf.place(PROGRAM, params.name)
    if params.state == "absent":
        for each in (path, limits.FOLDER + params.name + ".conf", kernels(params)):
            yield Want(File(each), ABSENT)
        return
    # First the kernel: only here something may be lacking. A set-user-ID program never writes one.
    yield from sysctl.plan(
        Params(
            name=params.name,
            values={"fs.suid_dumpable": 0},
            live=True,
            ignore_missing=True,
            irreversible=False,
        ),
        view,
    )
    yield from limits.plan(Params(name=params.name, state="present", limits=NONE), view)
    if not systemd_conf.files(PROGRAM, view) and not view.exists(systemd_conf.ETC):
        view.note("there is no systemd-coredump here, so nothing but the kernel writes any")
        return
    # It is started for each crash, and reads them then, and may be installed later: coredump.conf(5).
    values = {"Storage": "none", "ProcessSizeMax": "0"}
    yield from systemd_conf.put(path, SECTION, values, view)
    systemd_conf.require_last_word(path, SECTION, values, view)


def kernels(params):
    return "/etc/sysctl.d/%s.conf" % params.name
