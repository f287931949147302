"""Profiles of AppArmor: a file, and whether it is enforced, complains or is off (apparmor.d(5))."""

import posixpath

from hardener.host.errors import StepError
from hardener.host.kinds.apparmor_load import COMPLAINING, DISABLED, FOLDER, Load
from hardener.host.kinds.file import ABSENT, File
from hardener.host.nearest import nearest
from hardener.host.resource import Want
from hardener.host.text import apparmor

EVERY = "*"
# In which folder a link to the profile says the mode; apparmor_parser itself looks there.
FOLDERS = {"disable": DISABLED, "complain": COMPLAINING}
LEFT = (".dpkg-", ".rpm", "~", "README")  # what package managers and editors leave


def plan(params, view):
    if not view.exists(FOLDER):
        view.unless_arriving(File(FOLDER))
        raise StepError(
            "there is no AppArmor on this host",
            hint="a step before this one can install it: package: apparmor",
        )
    if params.state != "absent" and params.mode is None and params.content is None:
        raise StepError("it says nothing", hint="give `mode`, `content` or `state: absent`")
    if params.live and view.live:
        view.ask(Load("", ()), "possible")
    for name in [params.name] if params.name != EVERY else every(view):
        yield from one(name, params, view)


def every(view):
    """Name the profiles that are there and not off; whoever turned one off had a reason."""
    if view.glob(DISABLED + "/*"):
        names = ", ".join(map(posixpath.basename, view.glob(DISABLED + "/*")))
        view.note("turned off, and left so: %s" % names)
    for path in view.glob(FOLDER + "/*"):
        name = posixpath.basename(path)
        usual = view.read(File(path)).type == "file" and not any(word in name for word in LEFT)
        if usual and not view.exists("%s/%s" % (DISABLED, name)):
            yield name


def one(name, params, view):
    file = File("%s/%s" % (FOLDER, name))
    now = view.read(file)
    text = "" if params.state == "absent" else wanted(name, now, params, view)
    # Of the file as it was, too: in each lap of a preview, and in the apply, the same.
    load = Load(name, set(view.ask(Load(name, ()), text)))
    if params.state == "absent":
        yield from moded(name, "", view)
        yield Want(file, ABSENT)
    else:
        yield put(file, now, text, view)
        if params.mode:
            yield from moded(name, params.mode, view)
    if params.live and view.live:
        yield view.effect(load, inputs(name))


def wanted(name, now, params, view):
    if not now.exists and params.content is None:
        view.unless_arriving(File("%s/%s" % (FOLDER, name)))
        near = nearest(name, view.listdir(FOLDER))
        raise StepError(
            "there is no profile %s/%s" % (FOLDER, name),
            hint="did you mean %s?" % near if near else "give its `content`",
        )
    text = now.text() if params.content is None else params.content
    return apparmor.enforced(text) if params.mode == "enforce" else text


def put(file, now, text, view):
    if now.exists:
        return Want(file, now.with_text(text), ("apparmor", None))
    root = view.read(File("/"))
    return Want(
        file, now.with_text(text, mode=0o644, uid=root.uid, gid=root.gid), ("apparmor", None)
    )


def moded(name, mode, view):
    """Want the link of this mode, and none of the others."""
    root = view.read(File("/"))
    for word, folder in sorted(FOLDERS.items()):
        link = File("%s/%s" % (folder, name))
        now = view.read(link)
        if word == mode:
            yield Want(File(folder), view.read(File(folder)).as_directory())
            target = "%s/%s" % (FOLDER, name)
            yield Want(link, now if now.exists else now.as_link(target, uid=root.uid, gid=root.gid))
        elif now.exists:
            yield Want(link, ABSENT)


def inputs(name):
    folders = (FOLDER, DISABLED, COMPLAINING, FOLDER + "/local")
    return [File("%s/%s" % (folder, name)) for folder in folders]
