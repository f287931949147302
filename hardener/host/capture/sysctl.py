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
        if name.endswith(".conf") and view.read(File(path)).type == "file":
            values = own(path, view)
            if values:
                live = all(in_kernel(key, value, view) for key, value in values.items())
                params = {"name": name[: -len(".conf")], "values": values, "live": live}
                yield "Kernel parameters of %s" % name, "sysctl", params


def own(path, view):
    """Return what a file says and no later one says otherwise; patterns (`net.*.x`) are left out."""
    conf = SysctlConf.parse(view.read(File(path)).text())
    values = {key: canonical_value(value) for key, value in conf.values().items() if "*" not in key}
    later, _ = sysctl_d.rivals(path, values, view)
    against = {setting.key for _, setting in later}
    return {key: value for key, value in sorted(values.items()) if key not in against}


def in_kernel(key, value, view):
    return view.read(Sysctl(key)).value == value
