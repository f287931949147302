"""Kernel parameters of /etc/sysctl.d, where that file has the last word; live, where the kernel has them."""

import posixpath

from hardener.host import sysctl_d
from hardener.host.kinds.file import File
from hardener.host.kinds.sysctl import Sysctl, canonical_value
from hardener.host.text.sysctl import SysctlConf

FOLDER = "/etc/sysctl.d"


def steps(view, system):
    for name in sorted(view.listdir(FOLDER)):
        path = posixpath.join(FOLDER, name)
        title = "Kernel parameters of %s" % name
        state = view.read(File(path))
        if (
            name.endswith(".conf")
            and state.type != "file"
            and posixpath.basename(view.resolve(path)) != "sysctl.conf"
        ):  # procps has 99-sysctl.conf lead there
            yield title, None, "it is no file but a %s" % state.type
        if name.endswith(".conf") and state.type == "file":
            for key in patterns(path, view):
                yield title, None, "%s is a pattern" % key
            values = own(path, view)
            if values:
                live = all(in_kernel(key, value, view) for key, value in values.items())
                params = {"name": name[: -len(".conf")], "values": values, "live": live}
                yield title, "sysctl", params


def patterns(path, view):
    conf = SysctlConf.parse(view.read(File(path)).text())
    return [key for key in conf.values() if "*" in key]


def own(path, view):
    """Return what a file says and no later one says otherwise; patterns (`net.*.x`) are no step's."""
    conf = SysctlConf.parse(view.read(File(path)).text())
    values = {key: canonical_value(value) for key, value in conf.values().items() if "*" not in key}
    later, _ = sysctl_d.rivals(path, values, view)
    against = {setting.key for _, setting in later}
    return {key: value for key, value in sorted(values.items()) if key not in against}


def in_kernel(key, value, view):
    return view.read(Sysctl(key)).value == value
