"""A marked block of lines in a file that is otherwise somebody else's."""

from hardener.host.edits import edited
from hardener.host.text import block


def plan(params, view):
    comment = block.Comment(params.comment_open, params.comment_close)

    def change(text):
        if params.state == "absent":
            return block.remove(text, params.id)
        return block.put(
            text, params.id, params.content, comment, params.insertafter, params.insertbefore
        )

    yield edited(params, view, change)
