"""What users may do by sudo: a file in /etc/sudoers.d, judged by visudo with all the others (sudoers(5))."""

from hardener.host.edits import at_lines, numbered
from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.resource import Want
from hardener.host.text import sudoers

FOLDER = "/etc/sudoers.d/"


def plan(params, view):
    file = File(FOLDER + params.name)
    if params.state == "absent":
        yield Want(file, ABSENT)
        return
    root = view.read(File("/"))  # root's; in a tree that somebody else laid out, theirs
    owned = {"mode": 0o440, "uid": root.uid, "gid": root.gid}  # sudo refuses others (sudoers(5))
    text, now = content(params, view), view.read(file)
    if text == now.text():
        view.show(lambda: at_lines(file.id, dict(numbered(text))))
    yield Want(file, now.with_text(text, **owned), ("sudoers", None))


def content(params, view):
    if params.content is not None:
        return params.content if params.content.endswith("\n") else params.content + "\n"
    lines = ["Defaults %s" % each for each in params.defaults or ()]
    if not (params.commands or lines):
        raise StepError("the step says nothing", hint="give `commands`, `defaults` or `content`")
    if params.commands:
        known(params, view)
        lines.append(sudoers.rule(params))
    return "".join(line + "\n" for line in lines)


def known(params, view):
    """A rule for somebody who is not there would be for whoever takes that name later."""
    if not (params.user or params.group):
        raise StepError("nobody is named who may run the commands", hint="give `user` or `group`")
    if params.user and params.user != "ALL":
        view.uid(params.user)
    if params.group:
        view.gid(params.group)
