"""Whether modprobe reads a file as it is meant, and nothing on the host uses what it keeps out."""

from hardener.host.door import mounts
from hardener.host.errors import Refused
from hardener.host.kinds import kernel_module
from hardener.host.text import modprobe


def check(candidate, names):
    """`names` are the modules that the file keeps out."""
    if candidate.view.live:
        unused(candidate, names)
    if not candidate.system.can_run("modprobe"):
        candidate.view.note("%s was not tried: there is no modprobe here" % candidate.path)
        return
    for name in names:
        ran = candidate.system.run(
            ["modprobe", "-C", candidate.staged, "--show-depends", name], changes=False
        )
        if modprobe.loads(name, ran.out):
            raise Refused("modprobe would load %s all the same" % name, why=ran.why() or ran.out)


def unused(candidate, names):
    for mount in mounts.mounts(candidate.system):
        if modprobe.canonical(mount.type) in names:
            raise Refused("%s is in use: %s is mounted by it" % (mount.type, mount.point))
    for name, why in sorted(kernel_module.in_use(candidate.system, names)[1].items()):
        raise Refused("%s is in use, and would be missing after the next boot" % name, why=why)
