"""The mail of a user: made by CREATE_MAIL_SPOOL (useradd(8)), gone with the home (userdel(8))."""

import posixpath

from hardener.host.door.content import Content
from hardener.host.kinds.file import ABSENT, File
from hardener.host.resource import Want


def place(name, defaults):
    return posixpath.join(defaults.word("MAIL_DIR", "/var/spool/mail"), name)


def mailbox(user, defaults, view):
    """Yield an empty one, where the host wants one for each user."""
    path = place(user.name, defaults)
    if not defaults.says("CREATE_MAIL_SPOOL") or not view.exists(posixpath.dirname(path)):
        return
    there = File(view.place(path))
    if not view.read(there).exists:
        gid, mode = owner(user, view)
        empty = view.read(there).with_content(Content.of(b""), mode=mode, uid=user.uid, gid=gid)
        yield Want(there, empty)


def owner(user, view):
    """Return (group, mode): the programs that bring mail write it as the group mail."""
    for line in view.read(File("/etc/group")).text().splitlines():
        if line.startswith("mail:"):
            return int(line.split(":")[2]), 0o660
    return user.gid, 0o600


def removed(user, defaults, view):
    path = view.place(place(user.name, defaults))
    if view.read(File(path)).type == "file":
        yield Want(File(path), ABSENT)
