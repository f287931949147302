"""What steps that edit a text file share: find it, change its text, keep the rest as it is."""

import re

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Want
from hardener.host.steps.file import owned
from hardener.host.text import encoding

GIVES = re.compile(r"([^\s=]+)[\s=]*(.*)")  # `KEY value`, `key = value`


def edited(params, view, change, told=None):
    """Return the want for `params.path` (a link is followed) with `change(text)` as its text.

    `told(text)` are the lines that say so already, for an audit: {number: line}.
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
    if told and text == now.text():
        view.show(lambda: at_lines(path, told(text)))
    opinion = ("command", params.validate) if params.validate else None
    return Want(File(path), now.with_text(text, **owned(params, view)), opinion)


def at_lines(path, found):
    """Return what View.show wants of {number: line} of a file."""
    return [(File(path), number, [line]) for number, line in sorted(found.items())]


def giving(text, pairs):
    """Return {number: line} of the lines that give a key its value, or stand for a key without one (None)."""
    wanted = {(key, str(value) if value is not None else "") for key, value in pairs}
    found = ((n, line, GIVES.match(line)) for n, line in numbered(text))
    return {number: line for number, line, gives in found if gives and gives.groups() in wanted}


def numbered(text):
    """Return [(number, line without what stands around it)]."""
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]


def changed(path, text, change):
    """The text with its lines changed; raises Refused where it has none."""
    encoding.check(path, text)
    mark, lines = encoding.parted(text)
    return mark + change(lines)
