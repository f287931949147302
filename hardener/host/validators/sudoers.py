"""What visudo says of the whole configuration with a new file in it: one mistake, and nobody has sudo.

visudo can be given another main file, but no other folder: a copy names each file of the folder.
"""

import posixpath
import re

from hardener.host.errors import Refused
from hardener.host.kinds.file import File
from hardener.host.resource import Resource

MAIN = "/etc/sudoers"
FOLDER = re.compile(r"^[@#]includedir[ \t]+(\S+)[ \t]*$", re.MULTILINE)


def check(candidate, parameters):
    if not there(candidate):
        return
    main = candidate.view.read(File(candidate.view.resolve(MAIN))).text()
    folder = posixpath.dirname(candidate.path)
    if folder not in [path.rstrip("/") for path in FOLDER.findall(main)]:
        raise Refused(
            "sudo does not read %s" % candidate.path,
            why="%s has no `@includedir %s`" % (MAIN, folder),
            hint="add that line to %s" % MAIN,
        )
    whole = judged(candidate, copied(main, candidate, candidate.state))
    if whole.ok:
        return
    before = judged(candidate, copied(main, candidate, candidate.view.read(File(candidate.path))))
    alone = candidate.system.run(["visudo", "-c", "-f", candidate.staged], changes=False)
    if before.ok or not alone.ok:
        raise Refused("visudo refuses the new %s" % candidate.path, why=whole.why())
    candidate.view.note("visudo complains of other files of this host: %s" % before.why())


def there(candidate):
    if candidate.system.which("visudo") is None:
        candidate.view.unless_arriving(Resource("program", "visudo"))
        raise Refused(
            "visudo is not there, which is to check the new %s" % candidate.path,
            hint="a step before this one can install it: package: sudo",
        )
    if candidate.system.can_run("visudo"):
        return True
    candidate.view.note(
        "%s was not checked: only root can run programs of an unbooted tree" % candidate.path
    )
    return False


def copied(main, candidate, state):
    """Return {name of a copy: (the path that it stands for, text)}; the main file is first."""
    folder = posixpath.dirname(candidate.path)
    names = sorted(set(candidate.view.listdir(folder)) | {posixpath.basename(candidate.path)})
    copies = {"main": (MAIN, "")}
    for number, name in enumerate(filter(is_read, names)):
        path = posixpath.join(folder, name)
        file = (
            state
            if path == candidate.path
            else candidate.view.read(File(candidate.view.resolve(path)))
        )
        if file.type == "file":
            copies["%03d" % number] = (path, file.text())
    includes = ["#include %s/%s" % (candidate.folder, copy) for copy in list(copies)[1:]]
    return dict(copies, main=(MAIN, FOLDER.sub(lambda found: "\n".join(includes), main)))


def is_read(name):
    """sudo passes over what a package manager or an editor leaves there (sudoers(5))."""
    return "." not in name and not name.endswith("~")


def judged(candidate, copies):
    """Return what visudo says of the copies, by the names of what they stand for."""
    owner = candidate.state.uid, candidate.state.gid
    for copy, (_, text) in copies.items():
        data = text.encode("utf-8", "surrogateescape")
        candidate.system.replace(candidate.folder + "/" + copy, [data], 0o440, *owner)
    ran = candidate.system.run(["visudo", "-c", "-f", candidate.folder + "/main"], changes=False)
    said = ran.err + ran.out
    for copy, (path, _) in copies.items():
        said = said.replace(candidate.folder + "/" + copy, path)
        candidate.system.unlink(candidate.folder + "/" + copy)
    return ran._replace(out="", err=said)
