"""Files, folders and links: content, mode, owner; or nothing at that path."""

import posixpath

from hardener.host.content import Content
from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.resource import Want


def plan(params, view):
    path = view.resolve(params.path) if params.follow else view.place(params.path)
    if params.state == "absent":
        yield from remove(path, view)
        return
    yield from below(path, params, view) if params.recurse else ()
    now = view.read(File(path))
    if params.force and now.type == "directory" and params.state not in ("directory", "touch"):
        yield from remove(path, view)
        now = ABSENT
    opinion = ("command", params.validate.split()) if params.validate else None
    yield Want(File(path), wanted(now, params, view), opinion)


def wanted(now, params, view):
    """Return the whole state that is asked for, given what is there."""
    attributes = owned(params, view)
    if params.state == "link":
        return now.as_link(params.target, uid=attributes["uid"], gid=attributes["gid"])
    if params.state == "directory" or (params.state == "touch" and now.type == "directory"):
        return now.as_directory(**attributes)
    content = Content.of(b"") if params.state == "touch" and not now.exists else given(params)
    if content is None and now.type != "file":
        raise StepError(
            "%s is not there, and the step gives no content" % params.path,
            hint="give `content`, `src` or `template`, or `state: directory`",
        )
    return now.with_content(now.content if content is None else content, **attributes)


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


def below(folder, params, view):
    """Want owner, group and mode for all below a folder; files get no x bit that they do not have."""
    for name in view.listdir(folder):
        path = posixpath.join(folder, name)
        now = view.read(File(path))
        attributes = {k: v for k, v in owned(params, view).items() if v is not None}
        if now.type == "directory":
            yield from below(path, params, view)
        elif now.type == "file" and "mode" in attributes:
            attributes["mode"] &= ~0o111 | now.mode
        if now.type in ("directory", "file"):
            yield Want(File(path), now._replace(**attributes))


def remove(path, view):
    """Want nothing at the path, and first nothing below it."""
    if view.read(File(path)).type == "directory":
        for name in view.listdir(path):
            yield from remove(posixpath.join(path, name), view)
    yield Want(File(path), ABSENT)
