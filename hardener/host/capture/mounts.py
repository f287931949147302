"""Lines of fstab but for swap: mounted as they say, or in fstab alone."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.kinds.mount import Mount
from hardener.host.steps import mount
from hardener.host.text.fstab import Fstab


def steps(view, system):
    fstab = Fstab.parse(view.read(File("/etc/fstab")).text())
    for _, entry in fstab.entries:
        if entry.identity()[0] == "mount":
            yield "Mount on %s" % entry.file, "mount", params(entry, view)


def params(entry, view):
    return {
        "path": entry.file,
        "src": entry.spec,
        "fstype": entry.vfstype,
        "opts": ",".join(entry.options) or "defaults",
        "dump": entry.dump,
        "passno": entry.passno,
        "state": "mounted" if as_it_says(entry, view) else "present",
    }


def as_it_says(entry, view):
    now = view.read(Mount(view.place(entry.file)))
    try:
        return now.mounted and mount.state(entry, now, view) == now
    except StepError:
        return False  # such as `auto`, which says nothing
