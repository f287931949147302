"""The line of /etc/fstab that mounts a place at boot: fstab(5)."""

from hardener.host.kinds.file import File
from hardener.host.resource import Resource, Want
from hardener.host.text.fstab import Fstab

FSTAB = File("/etc/fstab")


def entries(path, view):
    """[Entry] of this place; what only some programs read as a line comes last."""
    fstab = Fstab.parse(view.read(FSTAB).text())
    return [entry for _, entry in read_by_all(fstab, path) + read_by_some(fstab, path)]


def put(path, entry, view):
    """Want one line that says so, and no other of this place."""
    yield from edited(lambda fstab: with_entry(fstab, path, entry), view)


def taken(path, view):
    """Want no line of this place."""
    yield from edited(lambda fstab: cleared(fstab, path, keep=0), view)


def edited(edit, view):
    now = view.read(FSTAB)
    text = str(edit(Fstab.parse(now.text())))
    yield Want(FSTAB, now.with_text(text) if text != now.text() else now, ("fstab", None))
    if view.facts["system"]["init"] == "systemd":
        yield view.effect(Resource("daemon_reload", "systemd"), [FSTAB])


def read_by_all(fstab, path):
    return [(at, entry) for at, entry in fstab.entries if is_of(entry, path)]


def read_by_some(fstab, path):
    return [(at, entry) for at, entry in fstab.meant() if is_of(entry, path)]


def is_of(entry, path):
    return entry.vfstype != "swap" and (entry.file.rstrip("/") or "/") == path


def with_entry(fstab, path, entry):
    fstab = cleared(fstab, path, keep=1)
    found = read_by_all(fstab, path)
    return fstab.replace(found[0][0], entry) if found else fstab.add(entry)


def cleared(fstab, path, keep):
    """Without the lines of this place but the first `keep`, and those that only some programs read."""
    spare = read_by_all(fstab, path)[keep:] + read_by_some(fstab, path)
    for at, _ in sorted(spare, reverse=True):
        fstab = fstab.remove(at)
    return fstab
