"""The unit of systemd that mounts a place: systemd.mount(5).

What systemd makes of a line of fstab counts before what packages bring, and behind /etc; drop-ins of
the unit's name count for that, too (systemd.unit(5), «Unit File Load Path»).
"""

import posixpath
import re

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Resource, Want
from hardener.host.systemd import units
from hardener.host.text.dialects import SYSTEMD
from hardener.host.text.fstab import Entry
from hardener.host.text.ini import Ini

PLAIN = re.compile(r"[A-Za-z0-9:_.]")
EXEC = re.compile(r"(?m)^[ \t]*Exec[A-Za-z]+[ \t]*=[ \t]*[-@:+!]*(/\S+)")
KEYS = {"What": "spec", "Type": "vfstype", "Options": "options"}


def name(path):
    """The unit of a mount point, as `systemd-escape --path --suffix=mount` names it."""
    words = path.strip("/")
    signs = [
        chr(byte) if PLAIN.match(chr(byte)) and (at or byte != ord(".")) else escaped(byte)
        for at, byte in enumerate(words.encode("utf-8", "surrogateescape"))
    ]
    return ("".join(signs) or "-") + ".mount"


def escaped(byte):
    return "-" if byte == ord("/") else "\\x%02x" % byte


def own(path, view):
    """The file in /etc that has the last word over fstab; None without one."""
    file = File(posixpath.join(units.ETC, name(path)))
    if not view.read(file).exists:
        return None
    if view.resolve(file.id) == "/dev/null":
        raise StepError(
            "%s is masked: nothing would be mounted on %s at boot" % (name(path), path),
            hint="unmask it: `service: {name: %s, masked: false}`" % name(path),
        )
    return File(view.resolve(file.id))


def entries(path, view):
    """[Entry], as a line of fstab would say it, of the unit that is there; none without one."""
    place = units.find(view, name(path))
    ini = Ini.parse(view.read(File(place)).text(), SYSTEMD) if place else None
    if ini is None or not ini.get("Mount", "What"):
        return []
    spec, fstype, words = [plain(ini.get("Mount", key)) for key in KEYS]
    return [Entry(spec, path, fstype or "auto", tuple(filter(None, words.split(","))))]


def plain(value):
    return (value or "").replace("%%", "%")


def put(path, entry, view):
    """Want the unit in /etc to say so, other lines of it as they are."""
    file, (old,) = own(path, view), entries(path, view)
    now, ini = view.read(file), Ini.parse(view.read(file).text(), SYSTEMD)
    for key, field in KEYS.items():
        if getattr(old, field) != getattr(entry, field):
            ini = ini.set("Mount", key, written(getattr(entry, field)))
    changed = now.with_text(str(ini)) if str(ini) != now.text() else now
    yield Want(file, changed, ("unit", name(path)))
    if view.facts["system"]["init"] == "systemd":
        yield view.effect(Resource("daemon_reload", name(path)), [file])


def written(value):
    return (",".join(value) if isinstance(value, tuple) else value).replace("%", "%%")


def require_last_word(path, entry, view):
    """Raise StepError for a drop-in that says otherwise at every boot."""
    for place in units.drop_ins(view, name(path)):
        ini = Ini.parse(view.read(File(place)).text(), SYSTEMD)
        for key, field in KEYS.items():
            said, wanted = ini.get("Mount", key), written(getattr(entry, field))
            if said not in (None, wanted):
                raise StepError(
                    "%s has the last word at boot: %s=%s" % (place, key, said),
                    where="%s:%d" % (place, ini.line_of("Mount", key)),
                    why="a drop-in counts over what it belongs to, which is to say %s" % wanted,
                    hint="change that line, or take it out",
                )


def starters(point, view):
    """Yield (unit, program) of services in /etc that start a program from below a place."""
    for place in view.glob(units.ETC + "/*.service"):
        for program in EXEC.findall(view.read(File(place)).text()):
            if program.startswith(point.rstrip("/") + "/") and point != "/":
                yield posixpath.basename(place), program
