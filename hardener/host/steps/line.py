"""One line in a text file, or no such line."""

from hardener.host.edits import edited
from hardener.host.text import lines


def plan(params, view):
    if params.state == "absent":
        change = lambda text: lines.remove(text, params.line, params.regexp)  # noqa: E731
    elif params.backrefs:
        change = lambda text: lines.expand(text, params.line, params.regexp)  # noqa: E731
    else:
        change = lambda text: lines.ensure(  # noqa: E731
            text, params.line, params.regexp, params.insertafter, params.insertbefore
        )
    yield edited(params, view, change)
