"""A swap file: its size, owner and signature, and whether the kernel uses it.

What lies in it is the kernel's and is never kept; rollback makes a file of the
same size, UUID and label again. A new file is made whole beside its place and
then moved in, so one of the old and the new stands at any time. Where memory
can't take over what is swapped out, a second file holds it meanwhile.
The negative priorities that the kernel gives by itself are not brought back.
"""

import stat

from hardener.host.door.space import Room
from hardener.host.errors import Refused, StepError
from hardener.host.kinds.base import Kind, fields_diff
from hardener.host.kinds.file import check_parent
from hardener.host.resource import Resource
from hardener.host.swap import active, blocks, fstab_line, header, place
from hardener.host.typed import NamedTuple, Optional

NEW, BRIDGE = ".hardener-new", ".hardener-bridge"


class SwapState(NamedTuple):
    """A swap file.

    `form`: absent, swap, blank (zeros alone, or blocks that swap can't use), other (somebody's file).
    `priority`: None is the kernel's choice. `leftover`: an interrupted write
    left a file beside it. `discard` says how to switch on; the kernel does not
    tell it, so it is what fstab says, and has no part in comparing.
    """

    form: str = "absent"
    size: Optional[int] = None
    mode: Optional[int] = None
    uid: Optional[int] = None
    gid: Optional[int] = None
    label: str = ""
    uuid: str = ""
    active: bool = False
    priority: Optional[int] = None
    leftover: bool = False
    discard: str = ""

    @property
    def exists(self):
        return self.form != "absent"

    @property
    def body(self):
        """What only a new file can have otherwise."""
        return (self.form, self.size, self.label, self.uuid)

    def __eq__(self, other):
        return isinstance(other, SwapState) and tuple(self)[:-1] == tuple(other)[:-1]

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(tuple(self)[:-1])


ABSENT = SwapState()


def Swapfile(path):  # noqa: N802 - reads as the thing that it names
    return Resource("swapfile", path)


class SwapfileKind(Kind):
    name = "swapfile"
    State = SwapState

    def __init__(self, system, store):
        super().__init__(system, store)
        self._zeros = {}

    # reading

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, path):
        info = self.system.lstat(path)
        leftover = any(self.system.lstat(path + end) for end in (NEW, BRIDGE))
        if info is None:
            return ABSENT._replace(leftover=leftover)
        area = active.find(self.system, path)
        form, found = self._form(path, info, area)
        return SwapState(
            form,
            info.st_size,
            stat.S_IMODE(info.st_mode),
            info.st_uid,
            info.st_gid,
            found.label,
            found.uuid,
            area is not None,
            area.priority if area and area.priority >= 0 else None,
            leftover,
            fstab_line.discard_of(self._fstab(), path, str),
        )

    def _fstab(self):
        there = self.system.lstat("/etc/fstab")
        return self.system.read("/etc/fstab").decode("utf-8", "surrogateescape") if there else ""

    def _form(self, path, info, area):
        """Return (form, Header)."""
        nothing = header.Header(0, "", "")
        if not stat.S_ISREG(info.st_mode):
            return "other", nothing
        with self.system.open(path) as file:
            page = file.read(header.PAGE)
        found = header.parse(page)
        if found is None:
            return ("blank" if self._only_zeros(path, info) else "other"), nothing
        whole = found.pages == info.st_size // header.PAGE
        works = area is not None or blocks.usable(self.system, path, info)
        return ("swap" if whole and works else "blank"), found

    def _only_zeros(self, path, info):
        """A disk image may begin with many of them: btrfs(5) and ISO 9660 keep the first 32 KiB free."""
        known = (path, info.st_dev, info.st_ino, info.st_size, info.st_ctime_ns)
        if known not in self._zeros:
            with self.system.open(path) as file:
                parts = iter(lambda: file.read(1 << 20), b"")
                self._zeros[known] = all(part.count(0) == len(part) for part in parts)
        return self._zeros[known]

    def canonical(self, id, state):
        if not self.system.live:
            state = state._replace(active=False)
        return state if state.active else state._replace(priority=None)

    # before the write

    def check(self, id, before, after, view, opinion=None):
        if before.form == "other":
            raise Refused(
                "%s is there already, and is no swap file" % id, hint="choose another path"
            )
        if self.system.live:
            place.check_allowed(self.system)
        if self.system.keepers(id):
            raise Refused("others than root may write to the folder of %s" % id)
        remade = after.exists and before.body != after.body
        if remade:
            check_signature(after)
            check_parent(id, view)
        if remade and self.system.live:
            place.check(self.system, id, view)
        self._check_disk(id, before, after, remade)
        self._check_memory(id, before, after)

    def ask(self, id, question, view):
        """Raise NotApplicable where this host can have no swap."""
        if self.system.live:
            place.require_possible(self.system)

    def _check_disk(self, id, before, after, remade):
        need = after.size if remade else 0
        need += before.size if after.active and self._needs_bridge(id, before, after) else 0
        if need:
            place.check_room(self.system, id, need)

    def _check_memory(self, id, before, after):
        """What is swapped out must find a place in the end, with or without a bridge to there."""
        area = active.find(self.system, id) if switched_off(before, after) else None
        room = active.room_without(self.system, area) if area else 0
        room += after.size if after.active else 0
        if area and area.used > room:
            raise Refused(
                "%s can't be switched off: memory can't take over what is swapped out" % id,
                why="%d MiB are in it, %d MiB of memory and other swap would be free"
                % (area.used >> 20, room >> 20),
                hint="stop what uses the memory, or add other swap first",
            )

    def _needs_bridge(self, id, before, after):
        """Is it to be switched off while memory can't take over what is in it?"""
        area = active.find(self.system, id) if switched_off(before, after) else None
        return area is not None and area.used > active.room_without(self.system, area)

    def room(self, id, before, after):
        remade = before.body != after.body
        return [Room(id, before.size if remade else 0, after.size if remade else 0, kept=False)]

    # writing

    def write(self, id, before, after):
        self._remove(id + NEW)
        remade = after.exists and before.body != after.body
        if remade:
            self._make(id + NEW, after)
        off = switched_off(before, after)
        if off:
            self._switch_off(id, before, after)
        if before.exists and (remade or not after.exists):
            self.system.unlink(id)
        if remade:
            self.system.rename(id + NEW, id)
        if after.exists:
            info, xattrs = self.system.look(id, 0)[:2]
            was = (info.st_mode, info.st_uid, info.st_gid)
            self.system.set_attributes(id, was, after.mode, after.uid, after.gid, xattrs)
        if after.active and (off or not before.active):
            self._on(id, after)
        self._remove(id + BRIDGE)

    def _make(self, path, state):
        reserved = place.takes_preallocated(self.system, path)
        self.system.allocate(
            path, state.size, state.mode, state.uid, state.gid, written=not reserved
        )
        if state.form == "swap":
            self._sign(path, state)

    def _sign(self, path, state):
        # The host's own mkswap sets the SELinux type too (mkswap(8)); that of busybox knows no -U.
        label = ["-L", state.label] if state.label else []
        if self.system.live and self.system.run(["mkswap", "-U", state.uuid] + label + [path]).ok:
            return
        found = header.Header(state.size // header.PAGE, state.uuid, state.label)
        self.system.overwrite_start(path, header.first_page(found))

    def _switch_off(self, id, before, after):
        bridge = id + BRIDGE
        if after.active and self._needs_bridge(id, before, after) and not self.system.lstat(bridge):
            state = before._replace(priority=None, form="swap", mode=0o600, uid=0, gid=0)
            self._make(bridge, state)
            self._on(bridge, state)
        self._run(["swapoff", id])

    def _on(self, path, state):
        priority = [] if state.priority is None else ["-p", str(state.priority)]
        discard = {"": [], "all": ["-d"]}.get(state.discard, ["-d" + state.discard])
        self._run(["swapon"] + priority + discard + [path])

    def _run(self, argv):
        ran = self.system.run(argv, timeout=1800)
        if not ran.ok:
            raise StepError("%s failed for %s" % (argv[0], argv[-1]), why=ran.why())

    def _remove(self, path):
        """Remove a file of ours that an earlier write, or this one, left beside the place."""
        if self.system.lstat(path) is None:
            return
        if active.find(self.system, path):
            self._run(["swapoff", path])
        self.system.unlink(path)

    # after

    def merge(self, id, before, after, now):
        """As for all kinds; but a write that was interrupted is nobody else's edit."""
        if now.leftover:
            return before
        if now.exists and not now.active:
            like = before if now.body == before.body else after
            now = now._replace(active=like.active, priority=like.priority)
            if now in (before, after):
                return before
        return super().merge(id, before, after, now)

    def exists(self, state):
        return state.exists

    def diff(self, id, before, after):
        return fields_diff(shown(before), shown(after))


def check_signature(state):
    """Raise Refused for what mkswap(8) would not sign as it stands here."""
    if state.size < header.SMALLEST:
        raise Refused(
            "%d bytes are too little for swap" % state.size,
            hint="it has at least %d" % header.SMALLEST,
        )
    if len(state.label.encode("utf-8", "surrogateescape")) > header.LABEL:
        raise Refused("the label `%s` is longer than %d bytes" % (state.label, header.LABEL))


def switched_off(before, after):
    """Does this change need a swapoff?"""
    stays = after.active and before.body == after.body and before.priority == after.priority
    return before.active and not stays


class Shown(NamedTuple):
    area: str
    size: str
    mode: str
    uid: Optional[int]
    gid: Optional[int]
    label: str
    uuid: str
    active: str
    priority: Optional[int]


def shown(state):
    """The state as people read it."""
    if not state.exists:
        return Shown("", "", "", None, None, "", "", "", None)
    size = "%d MiB" % (state.size >> 20) if state.size >= 1 << 20 else "%d bytes" % state.size
    active = "yes" if state.active else "no"
    return Shown(
        "none that works" if state.form == "blank" else "",
        size,
        "%04o" % state.mode,
        state.uid,
        state.gid,
        state.label,
        state.uuid,
        active,
        state.priority,
    )


KIND = SwapfileKind
