"""Unit files of systemd: where they lie, and the links that enabling one makes (systemd.unit(5))."""

import posixpath
import re

from hardener.host.kinds.file import File

ETC = "/etc/systemd/system"
FOLDERS = (
    ETC,
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
KINDS = (
    "service",
    "socket",
    "timer",
    "target",
    "path",
    "mount",
    "automount",
    "swap",
    "slice",
    "scope",
    "device",
)


def full(name):
    """Return the unit's name with its kind: `ssh` is `ssh.service`."""
    return name if name.rpartition(".")[2] in KINDS and "." in name else name + ".service"


def template(unit):
    """Return `a@.service` for `a@b.service`; "" where it is no instance."""
    return re.sub(r"@.+\.", "@.", unit) if re.search(r"@.+\.", unit) else ""


def find(view, unit):
    """Return the path of the unit's file on the (predicted) host, links followed; None without one.

    A mask is passed over: behind it lies the file that counts once it is gone.
    """
    for name in (unit, template(unit)):
        for folder in FOLDERS if name else ():
            path = posixpath.join(folder, name)
            if view.read(File(path)).exists and view.resolve(path) != "/dev/null":
                return view.resolve(path)
    return None


def drop_ins(view, unit):
    """Return the paths of the drop-ins of a unit."""
    names = [name for name in (unit, template(unit)) if name]
    found = [view.glob("%s/%s.d/*.conf" % (folder, name)) for folder in FOLDERS for name in names]
    return sorted({path for paths in found for path in paths})


def install(text):
    """Return {key: [words]} of the section [Install]."""
    found, section = {}, ""
    for line in map(str.strip, re.sub(r"\\\n", " ", text).splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Install]" and "=" in line and line[:1] not in "#;":
            key, _, value = line.partition("=")
            found.setdefault(key.strip(), []).extend(value.split())
    return found


def links(unit, path, text):
    """Return [(link, target)] that enabling makes, for this unit alone (not those of `Also=`)."""
    words = {key: [expanded(word, unit) for word in value] for key, value in install(text).items()}
    found = [(posixpath.join(ETC, alias), path) for alias in words.get("Alias", ())]
    for key, ending in (("WantedBy", "wants"), ("RequiredBy", "requires"), ("UpheldBy", "upholds")):
        found += [
            ("%s/%s.%s/%s" % (ETC, target, ending, unit), path) for target in words.get(key, ())
        ]
    return found


def expanded(word, unit):
    """Put in the specifiers that may stand in [Install] (systemd.unit(5), «Specifiers»)."""
    name = unit.rpartition(".")[0]
    prefix, _, instance = name.partition("@")
    values = {
        "n": unit,
        "N": name,
        "p": prefix,
        "i": instance,
        "j": prefix.rpartition("-")[2],
        "%": "%",
    }
    return re.sub(r"%(.)", lambda match: values.get(match.group(1), match.group()), word)


def also(unit, text):
    return [expanded(word, unit) for word in install(text).get("Also", ())]


def taken_along(view, unit):
    """Return the units that are enabled and disabled together with this one, without itself."""
    found, todo = [unit], [unit]
    while todo:
        name = todo.pop()
        path = find(view, name)
        names = also(name, view.read(File(path)).text()) if path else []
        todo += [other for other in names if other not in found]
        found += [other for other in todo if other not in found]
    return found[1:]
