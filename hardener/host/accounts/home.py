"""Homes: made as useradd(8) makes them, taken away and given to another number file by file.

So all that was in one is kept before it goes, and a rollback brings it back.
"""

import posixpath

from hardener.host import sizes
from hardener.host.accounts import entries
from hardener.host.door.paths import below
from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.kinds.move import Move, MoveState
from hardener.host.resource import Want
from hardener.host.steps import file

NOWHERE = ("/", "/nonexistent", "/dev/null", "/var/empty", "/run/sshd")


def is_somewhere(home):
    """Services that need none have a home that is never to be (Debian policy 9.2.2)."""
    return home not in NOWHERE


def made(user, skeleton, mode, view):
    """Yield what makes a home that is not there, with a copy of the skeleton."""
    place = view.place(user.home)
    yield from above(posixpath.dirname(place), view)
    new = view.read(File(place)).as_directory(mode=mode, uid=user.uid, gid=user.gid)
    yield Want(File(place), new)
    yield from copied(view.resolve(skeleton), place, user, view)


def above(folder, view):
    """Yield the folders above that are missing; they are root's."""
    now = view.read(File(folder))
    if not now.exists:
        yield from above(posixpath.dirname(folder), view)
        yield Want(File(folder), now.as_directory(mode=0o755))


def copied(source, target, user, view):
    for name in view.listdir(source):
        each, place = posixpath.join(source, name), posixpath.join(target, name)
        state = view.read(File(each))
        if state.type == "special":
            view.note("%s is not copied: a device, socket or fifo" % each)
            continue
        # The labels of SELinux go by the place, not by what is copied.
        yield Want(File(place), state._replace(uid=user.uid, gid=user.gid, labels=()))
        if state.type == "directory":
            yield from copied(each, place, user, view)


def moved(old, new, view):
    """Yield the move of a home to another place; nothing where there is none to move."""
    source, target = view.place(old), view.place(new)
    if not view.exists(source):
        return
    if view.exists(target):
        raise StepError(
            "%s can't be moved to %s: there is something" % (old, new),
            hint="remove one of them first, or leave out `move_home`",
        )
    yield from above(posixpath.dirname(target), view)
    yield Want(Move(source, target), MoveState("target"))


def removed(user, limit, accounts, view):
    """Yield what takes a home away, with all that is in it."""
    place = view.place(user.home)
    now = view.read(File(place))
    if not now.exists or not is_somewhere(user.home):
        return
    spare(user, place, now, accounts)
    weigh(place, limit, view)
    yield from file.remove(place, view)


def spare(user, place, now, accounts):
    """Refuse to remove what is not this user's alone, as userdel(8) does."""
    whose = [
        fields[0]
        for fields in entries.users(accounts)
        if fields[0] != user.name and (below(fields[5], user.home) or below(user.home, fields[5]))
        and fields[5] != "/"
    ]  # fmt: skip
    why = "it belongs to user %d" % now.uid if now.uid != user.uid else ""
    if whose:
        why = "it is, or holds, or lies in the home of %s" % ", ".join(whose[:5])
    if why:
        raise StepError(
            "%s, the home of %s, can't be removed with them" % (place, user.name),
            why=why,
            hint="leave out `remove`",
        )


def given(user, was, view):
    """Yield what gives the files in a home to the user's new numbers (usermod(8))."""
    place = view.place(user.home)
    now = view.read(File(place))
    if now.type != "directory" or now.uid not in (was.uid, user.uid):
        return
    yield from reowned(place, {was.uid: user.uid}, {was.gid: user.gid}, view)


def reowned(path, uids, gids, view):
    now = view.read(File(path))
    for name in view.listdir(path) if now.type == "directory" else ():
        yield from reowned(posixpath.join(path, name), uids, gids, view)
    if now.type == "special":
        view.note("%s keeps its owner: a device, socket or fifo" % path)
        return
    numbers = {"uid": uids.get(now.uid, now.uid), "gid": gids.get(now.gid, now.gid)}
    yield Want(File(path), now.without_content()._replace(**numbers))


def weigh(place, limit, view):
    """Refuse to remove a home that is bigger than the step allows for: its snapshot would fill the disk."""
    most, size = sizes.parse(limit), 0
    for path in tree(place, view):
        size += view.size(path)
        if size > most:
            raise StepError(
                "%s is to be removed, and kept for a rollback: it is bigger than %s"
                % (place, limit),
                hint="allow for that by `home_limit`, or leave it to somebody who looks at it",
            )


def tree(path, view):
    """Yield a folder and all below it."""
    yield path
    for name in view.listdir(path):
        yield from tree(posixpath.join(path, name), view)


def with_mode(place, mode, view):
    yield Want(File(place), view.read(File(place)).as_directory(mode=mode))
