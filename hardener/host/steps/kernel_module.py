"""Modules that the kernel shall not load: a file in /etc/modprobe.d (modprobe.d(5)), and out with them."""

import posixpath

from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.kernel_module import KernelModule, Module
from hardener.host.resource import Want
from hardener.host.text import modprobe
from hardener.host.text.fstab import Fstab

# The first file of a name counts; all are read in the order of their names.
FOLDERS = (
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
    "/lib/modprobe.d",
)
FSTAB = File("/etc/fstab")


def plan(params, view):
    file = File("%s/%s.conf" % (FOLDERS[0], params.name))
    if params.state == "absent":
        yield Want(file, ABSENT)
        return
    if view.live and not view.exists("/proc/modules"):
        view.note("this kernel loads no modules: the file is for the one that boots next")
    spelt = {modprobe.canonical(each): each for each in params.modules}
    names = sorted(spelt)
    for name in names:
        unneeded(name, view)
        first_word(name, file, view)
        builtin(name, view)
    if view.facts["system"]["container"]:
        view.note("a container has the modules of its machine: nothing is kept out here")
    root = view.read(File("/"))  # root's; in a tree that somebody else laid out, theirs
    # As the playbook has them: who looks for `usb-storage` in that folder shall find it.
    text = modprobe.blocked([spelt[name] for name in names])
    wanted = view.read(file).with_text(text, mode=0o644, uid=root.uid, gid=root.gid)
    yield Want(file, wanted, ("modprobe", names))
    if view.live and not view.facts["system"]["container"]:
        yield from unloaded(names, params, view)


def unloaded(names, params, view):
    """Want those out of the kernel that nothing uses; a container's are those of its machine."""
    for name, why in view.ask(KernelModule(names[0]), tuple(names)):
        if params.unload and not why:
            yield Want(KernelModule(name), Module(False))
        else:
            view.note(
                "%s is loaded, and stays so until the next boot%s" % (name, why and ": " + why)
            )


def unneeded(name, view):
    for at, entry in Fstab.parse(view.read(FSTAB).text()).entries:
        if modprobe.canonical(entry.vfstype) == name:
            raise StepError(
                "%s could not be mounted at the next boot without %s" % (entry.file, name),
                where="/etc/fstab:%d" % at,
                hint="leave %s out, or take that line out first" % name,
            )


def first_word(name, own, view):
    """Of several `install` lines for a module modprobe takes the first."""
    for place in files(view):
        said = modprobe.install(view.read(File(place)).text(), name)
        if place == own.id or said is None or said[1] in modprobe.REFUSALS:
            continue
        if posixpath.basename(place) < posixpath.basename(own.id):
            raise StepError(
                "%s has the first word: install %s %s" % (place, name, said[1]),
                where="%s:%d" % (place, said[0]),
                why="of several such lines modprobe takes the first",
                hint="change that line, or give the step a `name` that sorts before it",
            )
        view.note("overrides `install %s %s` of %s:%d" % (name, said[1], place, said[0]))


def files(view):
    found = {}
    for folder in FOLDERS:
        for place in view.glob(folder + "/*.conf"):
            found.setdefault(posixpath.basename(place), place)
    return [found[name] for name in sorted(found)]


def builtin(name, view):
    for place in view.glob("/lib/modules/*/modules.builtin"):
        if name in modprobe.names(view.read(File(place)).text()):
            kernel = posixpath.basename(posixpath.dirname(place))
            view.note("%s is built into the kernel %s: nothing keeps it out" % (name, kernel))
