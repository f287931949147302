"""How systemd's own programs are configured: a file and its drop-ins, of which the last value counts.

journald.conf(5), coredump.conf(5): a drop-in in /etc hides those of its name in the other
folders, and all are read in the order of their names, behind the file itself.
"""

import posixpath
import re

from hardener.host import last_word
from hardener.host.edits import changed
from hardener.host.kinds.file import File
from hardener.host.resource import Want
from hardener.host.text import dialects
from hardener.host.text.ini import Ini

ETC = "/etc/systemd"
FOLDERS = (ETC, "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd")


def place(program, name):
    """The path of a drop-in of ours."""
    return "%s/%s.conf.d/%s.conf" % (ETC, program, name)


def main(program, view):
    """The path of the file itself, which the first folder that has one gives; None without."""
    mains = ["%s/%s.conf" % (folder, program) for folder in FOLDERS]
    return next((path for path in mains if view.exists(path)), None)


def files(program, view):
    """Return the paths that the program reads, in their order."""
    found = {}
    for folder in FOLDERS:
        for path in view.glob("%s/%s.conf.d/*.conf" % (folder, program)):
            found.setdefault(posixpath.basename(path), path)
    own = main(program, view)
    return ([own] if own else []) + [found[name] for name in sorted(found)]


def put(path, section, values, view):
    """Want a drop-in with these values, {key: text or list}, and its folder.

    A list first drops what earlier files have put in it: systemd.syntax(7).
    """
    root, folder = view.read(File("/")), File(posixpath.dirname(path))
    yield Want(folder, view.read(folder).as_directory())
    text = "[%s]\n" % section + "".join(written(*pair) for pair in sorted(values.items()))
    now = view.read(File(path))
    yield Want(File(path), now.with_text(text, mode=0o644, uid=root.uid, gid=root.gid))


def edit(program, section, values, view):
    """Want these values, {key: text}, in the file itself; one of the distribution's is copied to /etc."""
    found, path = main(program, view), "%s/%s.conf" % (ETC, program)

    def change(text):
        ini = Ini.parse(text, dialects.SYSTEMD)
        for key, value in sorted(values.items()):
            ini = ini.set_all(section, key, [value])
        return str(ini)

    now = view.read(File(view.resolve(found or path)))
    yield Want(File(view.resolve(path)), now.with_text(changed(path, now.text(), change)))


def written(key, value):
    if not isinstance(value, list):
        return "%s=%s\n" % (key, value)
    return "%s=\n" % key + ("%s=%s\n" % (key, " ".join(value)) if value else "")


NAMED = "change that line, or give the step a `name` that sorts after it"


def require_last_word(path, section, values, view, hint=NAMED):
    """Raise StepError where a file says otherwise that is read after `path`."""
    program = re.search(r"/([\w-]+)\.conf(\.d/[^/]+)?\Z", path).group(1)
    order = files(program, view)
    values = {k: " ".join(v) if isinstance(v, list) else v for k, v in values.items()}
    later = order[order.index(path) + 1 :]
    last_word.require(path, section, values, later, dialects.SYSTEMD, view, hint)


def word(value):
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
