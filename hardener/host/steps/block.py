"""A marked block of lines in a file that is otherwise somebody else's."""

from hardener.host.edits import edited
from hardener.host.text import block, marker


def plan(params, view):
    yield edited(params, view, by_marker(params) if params.marker else by_id(params))


def is_wanted(params):
    """Whether a block should be there: one without lines is none, as Ansible has it."""
    return params.state == "present" and params.content


def by_id(params):
    """Return what changes the text, with our own marks."""
    comment = block.Comment(params.comment_open, params.comment_close)
    if not is_wanted(params):
        return lambda text: block.remove(text, params.id)
    return lambda text: block.put(
        text, params.id, params.content, comment, params.insertafter, params.insertbefore
    )


def by_marker(params):
    """Return what changes the text, with marks that are given word for word."""
    begin, end = (
        params.marker.replace("{mark}", word) for word in (params.marker_begin, params.marker_end)
    )
    if not is_wanted(params):
        return lambda text: marker.remove(text, begin, end)
    return lambda text: marker.put(
        text, begin, end, params.content, params.insertafter, params.insertbefore
    )
