"""Room that a rollback is sure of: taken before the first write, given up when a rollback finds a disk full.

On each file system that a run changes lies a folder of preallocated files, each holding
some bytes and one inode: `reserve` in the state folder, `.hardener-RUN~` at the top of the
others. A rollback gives up one after the other as it needs them, so whoever fills the disk
meanwhile gets little of it. When the run is over they go, but for the first ones in the
state folder: a rollback may be asked for later, on a day when the disk is full.
"""

import contextlib
import errno

from hardener.host import sizes
from hardener.host.door import space
from hardener.host.errors import HostError, Refused

STANDING = [512 << 10] * 4  # bytes of each file that stays
FEWEST = 4
FULL = 256 << 10  # bytes: with less than that a program may have failed for want of room
NOTHING = space.Take(0, 0)
INODES = 8  # for the run's own files, and those of the reserve itself


class Reserve:
    """The reserve of a host, whichever process asks; it holds the host's lock."""

    def __init__(self, system, store):
        self.system = system
        self.store = store
        self._own = store.path("reserve")
        self._list = store.path("reserve.json")
        self._needs = []

    # before a run

    def require(self, kinds, changes):
        """Raise Refused where these changes, their snapshot and the way back do not fit."""
        self._needs = space.needs(kinds, self.store, changes)
        for need in self._needs:
            self._require(need)

    def _require(self, need):
        now, both = need.disk.now, need.forwards + need.back + space.Take(space.MARGIN, INODES)
        free = now.f_bavail * now.f_frsize
        if free < both.bytes or (now.f_files and now.f_favail < both.inodes):
            raise Refused(
                "the disk is too full",
                where=need.path.rpartition("/")[0] or "/",
                why="the changes, their snapshot and room to undo them need %s and %d inodes, "
                "free are %s and %d"
                % (sizes.shown(both.bytes), both.inodes, sizes.shown(free), now.f_favail),
                hint="make room on it",
            )

    def take(self, run):
        """Take what was found to be required; raises OSError, and then nothing of it is left."""
        own, others = self._needs[0], self._needs[1:]
        folders = [self._top(need) + "/.hardener-%s~" % run for need in others]
        try:
            if folders:
                self.store.write_json(self._list, {"folders": folders})
            self._fill(self._own, STANDING + _files(own.back, space.Take(sum(STANDING), 4)))
            for folder, need in zip(folders, others):
                self._fill(folder, _files(need.back))
        except OSError:
            self.release()
            raise

    def _top(self, need):
        """Return the highest folder of a file system in which we may write."""
        parts = need.path.split("/")[1:-1]
        above = ["".join("/" + part for part in parts[:n]) for n in range(len(parts) + 1)]
        there = [f for f in above if self.system.disk(f + "/-").device == need.disk.device]
        return next((f for f in there if self.system.may_write(f or "/")), there[-1])

    def _fill(self, folder, wanted):
        """Have files of these sizes in the folder; what is written last syncs them all."""
        if self.system.lstat(folder) is None:
            self.system.mkdir(folder, 0o700, *self.store.owner)
        there = self.system.listdir(folder)
        lacking = [n for n in range(len(wanted)) if "%05d" % n not in there]
        for number in lacking:
            door = self.system if number == lacking[-1] else self.system.scratch()
            path = "%s/%05d" % (folder, number)
            door.allocate(path, wanted[number], 0o600, *self.store.owner, written=False)

    # in a rollback

    def during(self, work):
        """Do some work of a rollback; where the disk is full, give up a file and do it once more."""
        while True:
            try:
                return work()
            except (OSError, HostError) as error:
                if not (self._full(error) and self._give()):
                    raise

    def _full(self, error):
        """Did it fail for want of room? Programs say so in words of their own: look at the disks."""
        if isinstance(error, OSError):
            return error.errno in (errno.ENOSPC, errno.EDQUOT)
        disks = [self.system.disk(folder + "/-").now for folder in self._folders()]
        return any(d.f_bavail * d.f_frsize < FULL or (d.f_files and not d.f_favail) for d in disks)

    def _give(self):
        """Give up the last file of each folder; False where there was none."""
        last = [self.system.listdir(folder)[-1:] for folder in self._folders()]
        for folder, names in zip(self._folders(), last):
            for name in names:
                self.system.unlink(folder + "/" + name)
                self.system.sync_disk(folder + "/" + name)
        return any(last)

    # after a run

    def release(self):
        """Let go of all but what stays; what the disk refuses is done before the next run."""
        with contextlib.suppress(OSError):
            for folder in self._folders():
                self._clear(folder)
            if self.system.lstat(self._list) is not None:
                self.system.unlink(self._list)

    def _clear(self, folder):
        stays = len(STANDING) if folder == self._own else 0
        for name in self.system.listdir(folder)[stays:]:
            self.system.scratch().unlink(folder + "/" + name)
        if not stays:
            self.system.rmdir(folder)

    def _folders(self):
        folders = [self._own] + self.store.glance(self._list).get("folders", [])
        return [folder for folder in folders if self.system.lstat(folder) is not None]


def _files(need, less=NOTHING):
    """Return the sizes of files that make up what is needed beyond `less`."""
    lacking, inodes = need.bytes - less.bytes, need.inodes - less.inodes
    if lacking <= 0 and inodes <= 0:
        return []
    count = max(FEWEST, inodes)
    return [max(space.BLOCK, -(-max(lacking, 0) // count))] * count
