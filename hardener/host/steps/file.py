"""Files, folders and links: content, mode, owner; or nothing at that path."""

import posixpath

from hardener.host.door import acl
from hardener.host.door.content import Content
from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.resource import Want

WORDS = {"file": "a file", "directory": "a folder", "link": "a link"}
LINK_HINT = "`follow: true` means what it leads to"


def plan(params, view):
    named = view.resolve(params.path) if params.follow else params.path
    path = view.place(named)
    if params.state == "absent":
        yield from remove(path, view)
        return
    now = view.read(File(path))
    state = meant(params, now)
    if not params.force:
        spare(path, now, state)
    if state == "directory":
        yield from above(named, params, view)
    elif now.type == "directory":
        yield from remove(path, view)
        now = ABSENT
    if params.recurse:
        yield from below(path, params, view)
    opinion = ("command", params.validate) if params.validate else None
    yield Want(File(path), born(path, now, wanted(now, params, view), view), opinion)


def meant(params, now):
    """What the path should be: `touch` leaves a folder one, and asks for a file where nothing is."""
    if params.state == "touch":
        return "directory" if now.type == "directory" else "file"
    return params.state


def spare(path, now, wanted):
    """Refuse to put one thing in the place of another, but a file in that of a link: see `follow`."""
    if now.type in WORDS and wanted != now.type and (now.type, wanted) != ("link", "file"):
        hints = [LINK_HINT] if (now.type, wanted) == ("link", "directory") else []
        raise StepError(
            "%s is %s, and %s is asked for" % (path, WORDS[now.type], WORDS[wanted]),
            hint=", ".join(hints + ["`force: true` replaces it"]),
        )


def wanted(now, params, view):
    """Return the whole state that is asked for, given what is there."""
    attributes = owned(params, view)
    if params.state == "link":
        return now.as_link(params.target, uid=attributes["uid"], gid=attributes["gid"])
    if meant(params, now) == "directory":
        return folder(now, attributes, params)
    content = Content.of(b"") if params.state == "touch" and not now.exists else given(params)
    if content is None and now.type != "file":
        raise no_content(params.path, now)
    if content is None and params.validate:
        content = now.content  # for the program to look at
    return now.with_content(content, **attributes)


def born(path, before, state, view):
    """What is new gets what the access list of its folder gives, as from any program."""
    if before.type == state.type:
        return state
    return state._replace(xattrs=acl.inherited(view.parent(path).xattrs, state.type))


def no_content(path, now):
    if now.type == "link":
        return StepError("%s is a link, and the step gives no content" % path, hint=LINK_HINT)
    return StepError(
        "%s is not there, and the step gives no content" % path,
        hint="give `content`, `src` or `template`, or `state: directory`",
    )


def given(params):
    """Return the Content that the playbook gives (text, or bytes of a file that it names), or None."""
    if params.data is not None:
        return Content.of(params.data)
    if params.content is not None:
        return Content.of(params.content.encode("utf-8", "surrogateescape"))
    return None


def owned(params, view):
    mode = None if params.mode is None else int(params.mode, 8)
    return {"mode": mode, "uid": view.uid(params.owner), "gid": view.gid(params.group)}


def above(path, params, view):
    """Want the folders above that are missing; they get what the folder gets, as with Ansible.

    Nothing is made where a link leads nowhere: mkdir -p makes nothing there either.
    """
    parent = posixpath.dirname(File(path).id)
    place = File(view.place(parent))
    now = view.read(place)
    if now.exists:
        return
    view.unless_arriving(place)
    yield from above(parent, params, view)
    yield Want(place, born(place.id, now, folder(now, owned(params, view), params), view))


def below(path, params, view):
    """Want owner, group and mode for all below a folder; files get no x bit that they do not have."""
    for name in view.listdir(path):
        each = posixpath.join(path, name)
        now = view.read(File(each))
        attributes = owned(params, view)
        if now.type == "directory":
            yield from below(each, params, view)
            yield Want(File(each), folder(now, attributes, params))
        elif now.type == "file":
            if params.mode is not None:
                attributes["mode"] &= ~0o111 | now.mode
            yield Want(File(each), now.with_content(None, **attributes))


def folder(now, attributes, params):
    """A folder with these attributes; a mode that is for files too lets whoever may read it enter it."""
    if params.recurse and params.mode is not None:
        mode = attributes["mode"]
        attributes = dict(attributes, mode=mode | (mode & 0o444) >> 2)
    return now.as_directory(**attributes)


def remove(path, view):
    """Want nothing at the path, and first nothing below it."""
    if view.read(File(path)).type == "directory":
        for name in view.listdir(path):
            yield from remove(posixpath.join(path, name), view)
    yield Want(File(path), ABSENT)
