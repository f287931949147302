"""One line in a text file, or no such line."""

from hardener.host.edits import edited, numbered
from hardener.host.text import lines


def plan(params, view):
    yield edited(params, view, change(params), lambda text: told(text, params))


def told(text, params):
    """The line, where it stands."""
    wanted = params.line.strip() if params.line and params.state != "absent" else None
    return {number: line for number, line in numbered(text) if line == wanted}


def change(params):
    """Return what changes the text."""
    if params.state == "absent":
        return lambda text: lines.remove(text, params.line, params.regexp)
    if params.backrefs:
        return lambda text: lines.expand(text, params.line, params.regexp)
    return lambda text: lines.ensure(
        text, params.line, params.regexp, params.insertafter, params.insertbefore
    )
