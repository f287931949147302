"""What steps that edit a text file share: find it, change its text, keep the rest as it is."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Want
from hardener.host.steps.file import owned
from hardener.host.text import encoding


def edited(params, view, change):
    """Return the want for `params.path` (a link is followed) with `change(text)` as its text.

    A missing file is an error unless `params.create`; where nothing is to be in it, it is fine.
    """
    path = view.resolve(params.path)
    now = view.read(File(path))
    if now.type == "directory":
        raise StepError("%s is a folder" % path)
    if not now.exists:
        view.unless_arriving(File(path))
    text = changed(path, now.text(), change)
    if not now.exists and not text:
        return Want(File(path), now)
    if not now.exists and not params.create:
        raise StepError("there is no file %s" % path, hint="`create: true` makes it")
    opinion = ("command", params.validate) if params.validate else None
    return Want(File(path), now.with_text(text, **owned(params, view)), opinion)


def changed(path, text, change):
    """The text with its lines changed; raises Refused where it has none."""
    encoding.check(path, text)
    mark, lines = encoding.parted(text)
    return mark + change(lines)
