"""One line in a text file, or no such line."""

from hardener.host.edits import edited
from hardener.host.text import lines


def plan(params, view):
    yield edited(params, view, change(params))


def change(params):
    """Return what changes the text."""
    if params.state == "absent":
        return lambda text: lines.remove(text, params.line, params.regexp)
    if params.backrefs:
        return lambda text: lines.expand(text, params.line, params.regexp)
    return lambda text: lines.ensure(
        text, params.line, params.regexp, params.insertafter, params.insertbefore
    )
