"""Files, folders and links: content, type, mode, owner, group, extended attributes.

Touches the path itself and nothing else; a file is staged beside it, synced and
renamed into place, so a reader sees the old or the new one. Rollback brings
back everything named here, byte for byte, but no times.
Devices, sockets and fifos are recognised and never replaced.
"""

import os
import posixpath
import stat

from hardener.host import access, diff, validators
from hardener.host.accounts import hashes, pwd_lock
from hardener.host.door import acl, opened, tied
from hardener.host.door.content import Content
from hardener.host.door.space import Room
from hardener.host.errors import AS_ROOT, Denied, Refused
from hardener.host.kinds.base import Kind, fields_diff
from hardener.host.record import blobs
from hardener.host.resource import Resource
from hardener.host.text import colons_merge
from hardener.host.text.colons_merge import SHAPES
from hardener.host.typed import NamedTuple, Optional, Tuple

IN_MEMORY = 1 << 20
AHEAD = 1 << 16  # bytes of a file that may be laid beside its place with others
FEW = 1000  # bytes of a file whose lines are evidence
TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}
FORMATS = {name: bits for bits, name in TYPES.items()}


class FileState(NamedTuple):
    """What is at a path; `mode` holds the permission bits, `xattrs` ACLs and capabilities too.

    A file without `content` is all but that: who wants it so lets a program write on, as into a log.
    `labels` are no difference: the kernel gives them as its policy says, to new files too.
    """

    type: str  # absent, file, directory, link, special
    mode: Optional[int] = None
    uid: Optional[int] = None
    gid: Optional[int] = None
    content: Optional[Content] = None
    target: Optional[str] = None
    xattrs: Tuple[Tuple[str, bytes], ...] = ()
    labels: Tuple[Tuple[str, bytes], ...] = ()

    def __eq__(self, other):
        return isinstance(other, FileState) and self[:-1] == other[:-1]

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self[:-1])

    @property
    def exists(self):
        return self.type != "absent"

    @property
    def owner(self):
        """Who owns it, as somebody that a program can run as: (uid, gid, groups); None where nothing is."""
        return (self.uid, self.gid, (self.gid,)) if self.exists else None

    def text(self):
        """The content as text, every byte kept (surrogateescape); "" where there is no file."""
        return self.content.bytes().decode("utf-8", "surrogateescape") if self.content else ""

    def with_text(self, text, **attributes):
        return self.with_content(Content.of(text.encode("utf-8", "surrogateescape")), **attributes)

    def without_content(self):
        return self._replace(content=None)

    def with_content(self, content, **attributes):
        """A regular file with this content: what is given of mode, uid, gid changes, the rest stays."""
        base = self if self.type == "file" else new("file")
        return base._replace(content=content, **given(attributes))

    def as_directory(self, **attributes):
        base = self if self.type == "directory" else new("directory")
        return base._replace(**given(attributes))

    def as_link(self, target, **attributes):
        base = self if self.type == "link" else new("link")
        return base._replace(target=target, **given(attributes))


ABSENT = FileState("absent")


def new(type):
    """The state of something fresh: ours, 0644 for files and 0755 for folders."""
    mode = {"file": 0o644, "directory": 0o755, "link": 0o777}[type]
    return FileState(type, mode, os.geteuid(), os.getegid())


def of_stat(info):
    """The state of what os.stat_result shows: without content, target and extended attributes."""
    type = TYPES.get(stat.S_IFMT(info.st_mode), "special")
    return FileState(type, stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid)


def bare(state):
    """The same of a whole state."""
    return FileState(state.type, state.mode, state.uid, state.gid)


def attributes(state):
    """All but what it is and holds, as it is given to `_replace`."""
    return {"mode": state.mode, "uid": state.uid, "gid": state.gid, "xattrs": state.xattrs}


def given(attributes):
    return {name: value for name, value in attributes.items() if value is not None}


def File(path):  # noqa: N802 - reads as the thing that it names
    """The resource of one path, `.`, `..` and double slashes folded."""
    return Resource("file", "/" + posixpath.normpath(path).lstrip("/"))


def check_parent(path, view):
    """Raise Refused where the folder that is to hold `path` is not there."""
    if view.parent(path).type != "directory":
        view.unless_arriving(File(posixpath.dirname(path)))
        raise Refused(
            "the folder %s is not there" % posixpath.dirname(path),
            hint="a step before this one can make it: file: {path: %s, state: directory}"
            % posixpath.dirname(path),
        )


class FileKind(Kind):
    name = "file"
    State = FileState
    at_rest = True

    def __init__(self, system, store):
        super().__init__(system, store)
        self._restored = set()  # what a rollback is at

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, path):
        info, xattrs, data, target = self.system.look(path, IN_MEMORY)
        if info is None:
            return ABSENT
        state = of_stat(info)
        content = self._content(path, data) if state.type == "file" else None
        return FileState(*state[:4], content, target, *opened.parted(xattrs))

    def _content(self, path, data):
        if data is not None:
            return Content.of(data)
        return Content.streamed(lambda: self.system.open(path))

    def canonical(self, id, state):
        """What an access list says of owner, mask and others is the mode once more."""
        return state._replace(xattrs=acl.with_mode(state.xattrs, state.mode))

    def part(self, state, wanted):
        return state.without_content() if speaks_of_attributes(wanted) else state

    def whole(self, state, known):
        return state._replace(content=known.content) if speaks_of_attributes(state) else state

    def check(self, id, before, after, view, opinion=None):
        if "special" in (before.type, after.type):
            raise Refused("%s is a device, socket or fifo" % id)
        if speaks_of_attributes(after) and before.type != "file":
            raise Refused(
                "%s is no longer the file that it was a moment ago" % id, hint="try again"
            )
        self._spare_own(id, after)
        if after.exists:
            check_parent(id, view)
        if before.type == "directory" and after.type != "directory" and view.listdir(id):
            raise Refused("%s is a folder that is not empty" % id)
        self._check_ties(id, before, after, view)
        if opinion:
            validators.ask(opinion, self.system, self.store, view, id, after)

    def _check_ties(self, id, before, after, view):
        renamed = not (before.type == after.type != "link" and before.content == after.content)
        if before.exists:
            tied.check(id, view.ties(id), renamed, id not in self._restored)
        if renamed:
            tied.check_folder(id, view.parent_ties(id))
        if not self.system.privileged:  # whom a read-only disk refuses, and says so itself
            self._check_rights(id, before, after, renamed, view)

    def _check_rights(self, id, before, after, renamed, view):
        """Raise Denied where who is not root would not be let, now or by a rollback: chown(2), rename(2)."""
        owners = [state.uid for state in (before, after) if state.exists]
        origin = view.overlay.origin(id) if view.overlay else id
        lets = not (renamed and origin) or self.system.may_replace(origin)
        if not (lets and all(map(self.system.may_be, owners))):
            raise Denied(
                "Permission denied", why="user %d may not change it" % os.geteuid(), hint=AS_ROOT
            )

    def recall(self, id, state):
        """What is put back may have got other names since: they keep what they have."""
        self._restored.add(id)

    def _spare_own(self, id, after):
        """What a rollback needs is not a play's to take away, nor to write."""
        own = self.store.base + "/"
        if (id + "/").startswith(own) or (
            not after.exists and own.startswith(id.rstrip("/") + "/")
        ):
            raise Refused("%s holds what hardener remembers of its runs" % id)

    def room(self, id, before, after):
        return [Room(id, self._taken(id, before), _size(after))]

    def _taken(self, id, state):
        """Bytes of what is there: a sparse file takes less than its size, here and in the snapshot."""
        size = _size(state)
        info = self.system.lstat(id) if size else None
        if info and info.st_size == size:
            return min(size, info.st_blocks * 512)
        return size

    def redirects(self, before, after):
        return not {before.type, after.type} <= {"absent", "file"}

    def joins(self, id, before, after):
        """What is larger, or shared with other programs, is announced alone."""
        plain = after.type == "file" and before.type in ("absent", "file") and id not in SHAPES
        return (
            plain
            and before.content != after.content
            and all((_size(state) or 0) <= blobs.SMALL for state in (before, after))
        )

    def ahead(self, id, before, after):
        """New files: what is written over would take its room twice, for as long."""
        if before.exists or _size(after) > AHEAD:
            return None
        return after.content.bytes(), after.mode, after.uid, after.gid, after.xattrs + after.labels

    def write(self, id, before, after):
        if id in SHAPES:
            self._write_locked(id, before, after)
        else:
            self._write(id, before, after)

    def _write_locked(self, id, before, after):
        with pwd_lock.held(self.system):
            if self.part(self._read(id), before) != before:
                raise Refused("%s is not what it was a moment ago" % id, hint="try again")
            self._write(id, before, after)

    def _write(self, id, before, after):
        if not (after.exists and replaced_by_rename(before, after)):
            self._remove(id, before)
        if after.exists:
            getattr(self, "_put_" + after.type)(id, before, after)

    def _remove(self, id, before):
        self.system.sweep(id)  # what is made beside it sweeps for itself
        (self.system.rmdir if before.type == "directory" else self.system.unlink)(id)

    def _put_file(self, id, before, after):
        if before.type == "file" and before.content == after.content:
            self._set_attributes(id, before, after)
        else:
            chunks = after.content.chunks()
            self.system.replace(
                id, chunks, after.mode, after.uid, after.gid, after.xattrs + after.labels
            )

    def _put_directory(self, id, before, after):
        if before.type == "directory":
            self._set_attributes(id, before, after)
        else:
            self.system.mkdir(id, after.mode, after.uid, after.gid, after.xattrs + after.labels)

    def _set_attributes(self, id, before, after):
        self.system.sweep(id)
        was = (FORMATS[before.type] | before.mode, before.uid, before.gid)
        self.system.set_attributes(
            id, was, after.mode, after.uid, after.gid, after.xattrs + after.labels
        )

    def _put_link(self, id, before, after):
        self.system.symlink(after.target, id, after.uid, after.gid)

    def risk(self, id, before, after):
        return access.by_path(id)

    def halfway(self, before, after, now):
        if not now.exists:
            return before.type != after.type
        # Attributes are set one after the other, and chown(2) takes set-user-ID bits away.
        return now.type in (before.type, after.type) and now.content in (
            before.content,
            after.content,
        )

    def tidy(self, id):
        self.system.sweep(id)

    def predict(self, overlay, id, before, after):
        overlay.put(self.name, id, self.whole(after, before))

    def merge(self, id, before, after, now):
        if not now.exists and self._same_thing(before, after):
            return now  # what we changed of it has gone with it: a log that was rotated away
        if not before.type == after.type == now.type:
            return None
        after = after._replace(labels=now.labels)
        content = _accounts_apart(id, before, after, now)
        if content is None:
            return super().merge(id, before, after, now)
        states = [state._replace(content=content) for state in (before, after, now)]
        return super().merge(id, *states)

    def _same_thing(self, before, after):
        """Do they differ in attributes alone?"""
        return before.exists and before == after._replace(**attributes(before))

    def exists(self, state):
        return state.exists

    def diff(self, id, before, after):
        lines = diff.contents(before.content, after.content)
        return _attributes(before, after) + hashes.hidden(id, lines)

    def evidence(self, id, state):
        """Its attributes; and its lines, if they are few and everybody may read them."""
        shown = [each[2:] for each in _attributes(ABSENT, state)]
        if state.type != "file" or not state.mode & 0o004 or _size(state) > FEW:
            return shown or ["not there"]
        return shown + state.text().splitlines()


def _accounts_apart(id, before, after, now):
    """The content of a file of accounts without our change; None for other files, and in a conflict."""
    if id not in SHAPES or not all(state.content for state in (before, after, now)):
        return None
    merged = colons_merge.merge(*[state.text() for state in (before, after, now)], SHAPES[id])
    return None if merged is None else now.with_text(merged).content


def speaks_of_attributes(state):
    """Is it a file whose content is left to others?"""
    return state.type == "file" and state.content is None


def _size(state):
    if not state.exists:
        return None
    return state.content.size if state.content else 0


def replaced_by_rename(before, after):
    """Is there nothing to take away first? rename(2) puts files and links over one another."""
    return "directory" not in (before.type, after.type) or before.type in ("absent", after.type)


def _attributes(before, after):
    """The lines for everything but the content, readable: octal modes, no digests."""
    return fields_diff(_shown(before), _shown(after))


class _Shown(NamedTuple):
    type: str
    mode: str
    uid: Optional[int]
    gid: Optional[int]
    target: Optional[str]
    xattrs: str


def _shown(state):
    if not state.exists:
        return _Shown("", "", None, None, None, "")
    mode = "" if state.type == "link" else "%04o" % state.mode
    names = ", ".join(name for name, value in state.xattrs)
    return _Shown(state.type, mode, state.uid, state.gid, state.target, names)


KIND = FileKind
