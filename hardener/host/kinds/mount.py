"""What is mounted at a place: from what, of which type, with which flags (proc(5), mountinfo).

The stored half is a line of /etc/fstab. Only mount(8) and umount(8) write it. Flags are set by a
remount of this one mount; `ro` and the size of a tmpfs are its file system's. A rollback mounts
again what was mounted, with the options that the kernel showed. Nothing that is in use is
unmounted, and no tmpfs in which something lies: that would be lost.
"""

from hardener.host import access
from hardener.host.door import capabilities, mounts
from hardener.host.errors import Refused, StepError
from hardener.host.kinds.base import BEST_EFFORT, EXACT, Kind, fields_diff
from hardener.host.kinds.file import File
from hardener.host.mount import options, source, unit, users
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Optional, Tuple

LEFT_OUT = ("rw", "relatime", "seclabel", "inode64", "inode32")
LOST = {
    "noexec": "could not be started again",
    "nosuid": "would run without the rights of its program",
    "nodev": "could not open its device again",
}
BELOW_ALL = ("/", "/etc", "/home", "/root", "/usr", "/var", "/run", "/dev", "/boot")


class MountState(NamedTuple):
    """`spec` and `options` say how to mount it (again), and are no difference.

    `root` is the part of the device that is mounted; `size` that of a tmpfs, in bytes.
    """

    mounted: bool = False
    source: str = ""
    fstype: str = ""
    root: str = "/"
    flags: Tuple[str, ...] = ()
    size: Optional[int] = None
    spec: str = ""
    options: Tuple[str, ...] = ()

    @property
    def body(self):
        """What only another mount can have otherwise."""
        return self.source, self.fstype, self.root

    def __eq__(self, other):
        return isinstance(other, MountState) and self[:-2] == other[:-2]

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self[:-2])


NOT_MOUNTED = MountState()


def Mount(path):  # noqa: N802 - reads as the thing that it names
    return Resource("mount", File(path).id)


class MountKind(Kind):
    name = "mount"
    State = MountState

    # reading

    def read(self, ids):
        found = mounts.mounts(self.system) if self.system.live else []
        return {id: self._state(id, found) for id in ids}

    def _state(self, id, found):
        here = self._here(id, found)
        return self._shown(here[-1], found) if here else NOT_MOUNTED

    def _here(self, id, found):
        return [each for each in found if each.point == id and each.type != "autofs"]

    def _shown(self, mount, found):
        words = tuple(mount.options.split(","))
        flags = tuple(sorted({each for each in words if each in options.FLAGS}))
        size = options.size(words, 0) if mount.type == "tmpfs" else None
        made = self._source(mount)
        spec, given = self._again(mount, found, made)
        return MountState(True, made, mount.type, mount.root, flags, size, spec, given)

    def _source(self, mount):
        if mount.type in source.NAMELESS:
            return mount.type
        return source.backing(source.device(self.system, mount.source), self._text)

    def _text(self, path):
        there = self.system.lstat(path) is not None
        return self.system.read(path).decode("utf-8", "surrogateescape") if there else ""

    def _again(self, mount, found, made):
        """How mount(8) would make it again: a part of a device by the folder that it is."""
        words = tuple(
            dict.fromkeys(each for each in mount.options.split(",") if each not in LEFT_OUT)
        )
        if made != mount.source and mount.source.startswith("/dev/loop"):
            return made, words + ("loop",)
        if mount.root != "/" and mount.type != "btrfs":
            for other in found:
                if (
                    other.device == mount.device
                    and other.root == "/"
                    and other.point != mount.point
                ):
                    folder = other.point.rstrip("/") + mount.root
                    return folder, ("bind",) + tuple(
                        each for each in words if each in options.FLAGS
                    )
        return mount.source, words

    # before the write

    def check(self, id, before, after, view, opinion=None):
        if not self.system.privileged:
            raise Refused("only root may mount")
        if len(self._here(id, mounts.mounts(self.system))) > 1:
            raise Refused(
                "%s has mounts that lie over one another" % id, hint="unmount the upper ones"
            )
        if before.mounted and (not after.mounted or before.body != after.body):
            self._require_idle(id, before)
        if after.mounted and not (before.mounted and before.body == after.body):
            self._require_parts(id, after, view)
        if before.mounted and after.mounted:
            self._require_unneeded(id, set(after.flags) - set(before.flags), view)

    def ask(self, id, question, view):
        """Raise NotApplicable where nothing can be mounted: mount(2).

        Asked of the line of a tmpfs, raise Refused where the kernel would not mount it.
        """
        capabilities.require(
            self.system, capabilities.SYS_ADMIN, "nothing can be mounted in this container"
        )
        if question != "possible":
            self._try(question)

    def _try(self, entry):
        """Mount an empty one that nobody else sees, and that is gone at once: unshare(1)."""
        words = ",".join(entry.options) or "defaults"
        argv = ["unshare", "--mount", "mount", "-n", "-t", "tmpfs", "-o", words, "none", "/"]
        if not self.system.privileged or not self.system.can_run("unshare"):
            return
        ran = self.system.run(argv, changes=False)
        if ran.code == 32:  # mount(8), «mount failure»
            raise Refused(
                "the kernel takes no tmpfs with the options %s" % words,
                why=ran.why().splitlines()[0],
                hint="at boot %s would not be mounted" % entry.file,
            )

    def _require_unneeded(self, id, flags, view):
        """What runs, or is to be started by systemd, must be able to be started again."""
        for flag in sorted(flags & set(LOST)):
            for each in users.against(self.system, id, flag):
                raise Refused("%s %s with %s" % (each.name, LOST[flag], flag), why=str(each))
        if "noexec" in flags:
            for name, program in unit.starters(id, view):
                raise Refused("%s could not start %s with noexec" % (name, program))

    def _require_idle(self, id, before):
        below = [
            m.point for m in mounts.mounts(self.system) if m.point.startswith(id.rstrip("/") + "/")
        ]
        if below:
            raise Refused("%s can't be unmounted: %s is mounted below it" % (id, below[0]))
        for each in users.users(self.system, id):
            raise Refused(
                "%s can't be unmounted: it is in use" % id, why=str(each), hint="stop that first"
            )
        if before.fstype in ("tmpfs", "ramfs") and self.system.listdir(id):
            raise Refused(
                "%s can't be unmounted: what lies in it would be lost" % id,
                why=", ".join(self.system.listdir(id)[:5]),
            )

    def _require_parts(self, id, after, view):
        folder = view.read(File(id))
        if folder.type != "directory":
            raise Refused("there is no folder %s to mount on" % id)
        path = source.path(after.spec)
        if path is not None and not view.exists(path):
            view.unless_arriving(File(path))
            raise Refused("%s is not there, which is to be mounted" % after.spec)
        if view.listdir(id):
            view.note("%s is not empty: the mount hides what lies in it" % id)

    def reversible(self, id, before, after):
        if before.mounted and not after.mounted and source.afar(before.fstype):
            return BEST_EFFORT
        return EXACT

    def risk(self, id, before, after):
        deep = id in BELOW_ALL or id.startswith(("/home/", "/etc/", "/usr/"))
        return access.ACCESS if deep else ""

    # writing

    def write(self, id, before, after):
        if before.mounted and after.mounted and before.body == after.body:
            self._remount(id, before, after)
            return
        if before.mounted:
            self._require_idle(id, before)
            self._run("umount", id)
        if after.mounted:
            self._run(
                "mount",
                "-t",
                after.fstype,
                "-o",
                ",".join(after.options) or "defaults",
                after.spec,
                id,
            )

    def _remount(self, id, before, after):
        """Of the mount alone where that does; not by fstab, which mount(8) would mix in."""
        words = options.words(after.flags, before.flags)
        if before.size != after.size or ("ro" in before.flags) != ("ro" in after.flags):
            said = [each for each in after.options if each.startswith("size=")] or ["size=50%"]
            size = said[-1:] if after.size is None else ["size=%d" % after.size]
            size = size if before.size != after.size else []
            self._run(
                "mount", "-o", ",".join(["remount"] + words + size), before.spec or "none", id
            )
        else:
            self._run("mount", "-o", ",".join(["remount", "bind"] + words), id)

    def _run(self, *argv):
        ran = self.system.run(list(argv), timeout=120)
        if not ran.ok:
            raise StepError("%s failed" % " ".join(argv), why=ran.why())

    def halfway(self, before, after, now):
        """One is unmounted before another is mounted there."""
        return before.mounted and after.mounted and before.body != after.body and not now.mounted

    def merge(self, id, before, after, now):
        """Flags are each a part of their own, where the mount itself is the same all along."""
        if not (before.mounted and before.body == after.body == now.body):
            return super().merge(id, before, after, now)
        if now.size not in (before.size, after.size):
            return None
        ours = set(before.flags) ^ set(after.flags)
        flags = (set(now.flags) - ours) | (set(before.flags) & ours)
        return now._replace(flags=tuple(sorted(flags)), size=before.size)

    def predict(self, overlay, id, before, after):
        super().predict(overlay, id, before, after)
        if before.mounted != after.mounted or before.body != after.body:
            overlay.unknown("file", id, "what is mounted there is seen")

    def exists(self, state):
        return state.mounted

    def action(self, before, after):
        if before.mounted and after.mounted:
            return "remount" if before.body == after.body else "mount"
        return "mount" if after.mounted else "unmount"

    def diff(self, id, before, after):
        return fields_diff(words(before), words(after))


class Words(NamedTuple):
    source: str
    type: str
    options: str
    size: str


def words(state):
    """The state as people read it; what is not mounted shows nothing."""
    if not state.mounted:
        return Words("", "", "", "")
    part = "" if state.root == "/" else "[%s]" % state.root
    size = "" if state.size is None else "%d KiB" % (state.size >> 10)
    return Words(state.source + part, state.fstype, ",".join(state.flags), size)


KIND = MountKind
