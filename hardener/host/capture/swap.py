"""Swap files in use that fstab names."""

from hardener.host.kinds.file import File
from hardener.host.swap import active
from hardener.host.text.fstab import Fstab


def steps(view, system):
    fstab = Fstab.parse(view.read(File("/etc/fstab")).text())
    for _, entry in fstab.entries:
        info = (
            system.lstat(entry.spec) if entry.vfstype == "swap" and entry.spec[:1] == "/" else None
        )
        area = active.find(system, entry.spec) if info else None
        if area:
            mode = "%04o" % (info.st_mode & 0o7777)
            params = {"path": entry.spec, "size": info.st_size, "mode": mode}
            priority = {"priority": area.priority} if area.priority >= 0 else {}
            yield "Swap in %s" % entry.spec, "swapfile", dict(params, **priority)
        elif entry.vfstype == "swap":
            yield "Swap in %s" % entry.spec, None, "it is no swap file that is in use"
