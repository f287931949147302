"""What steps that edit a text file share: find it, change its text, keep the rest as it is."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Want
from hardener.host.steps.file import owned


def edited(params, view, change):
    """Return the want for `params.path` (a link is followed) with `change(text)` as its text.

    A missing file is an error unless `params.create`; for `state: absent` it is fine.
    """
    path = view.resolve(params.path)
    now = view.read(File(path))
    if now.type == "directory":
        raise StepError("%s is a folder" % path)
    if not now.exists:
        view.unless_arriving(File(path))
    if not now.exists and params.state == "absent":
        return Want(File(path), now)
    if not now.exists and not params.create:
        raise StepError("there is no file %s" % path, hint="`create: true` makes it")
    opinion = ("command", params.validate.split()) if params.validate else None
    return Want(File(path), now.with_text(change(now.text()), **owned(params, view)), opinion)
