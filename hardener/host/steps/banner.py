"""What is shown before and after a login: /etc/issue, /etc/issue.net, /etc/motd."""

import re

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Want

# agetty(8) shows these of the system, and so does who reads it (CIS 1.7.1 to 1.7.3).
TELLING = re.compile(r"\\[mrsvonS]")


def plan(params, view):
    found = TELLING.search(params.text)
    if found and not params.tell_system:
        raise StepError(
            "the text tells of the system: %s" % found.group(),
            why="agetty(8) puts its version or name there, for whoever connects (CIS 1.7.2)",
            hint="leave it out, or give `tell_system: true`",
        )
    text = params.text if params.text.endswith("\n") else params.text + "\n"
    root = view.read(File("/"))  # root's; in a tree that somebody else laid out, theirs
    for name in params.files:
        file = File(view.resolve("/etc/" + name))
        yield Want(file, view.read(file).with_text(text, mode=0o644, uid=root.uid, gid=root.gid))
