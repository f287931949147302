"""The objects of a git repository, whatever refers to them: whether all of them lie in one pack.

`git repack` writes the pack, as the owner. Nothing is pruned: what no ref leads to goes into the pack too, no
reflog is shortened. So nothing is lost either way; a rollback puts the files back as bytes all the same,
those of before first, and has them kept until then.
"""

import posixpath
import re

from hardener.host import git
from hardener.host.door.tree import below
from hardener.host.kinds.base import Kind
from hardener.host.kinds.file import FileKind
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple

LOOSE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{38}([0-9a-f]{24})?\Z")  # gitrepository-layout(5)
APART = (".keep", ".promisor")  # packs that git leaves by themselves: git-repack(1)
# -k keeps what nothing refers to; without -n it would write info/refs too.
REPACK = ["-c", "repack.writeBitmaps=false", "repack", "-a", "-d", "-k", "-l", "-n", "-q"]
HOUR = 3600  # seconds


class Objects(NamedTuple):
    """Is there no loose object, and no more than one pack?"""

    packed: bool


def GitObjects(top):  # noqa: N802 - reads as the thing that it names
    return Resource("git_objects", top)


class GitObjectsKind(Kind):
    name = "git_objects"
    State = Objects
    lies_in_files = True
    merges = False

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, top):
        folder = self._folder(top)
        names = [path[len(folder) + 1 :] for path in below(self.system, folder)]
        parts = {posixpath.splitext(name) for name in names}
        packs = {stem for stem, end in parts if end == ".pack"}
        apart = {stem for stem, end in parts if end in APART}
        return Objects(len(packs - apart) < 2 and not any(map(LOOSE.match, names)))

    def _folder(self, top):
        return self._repository(top).common + "/objects"

    def _repository(self, top):
        files = FileKind(self.system, self.store)
        return git.find(top, lambda file: files.read([file.id])[file.id])

    def write(self, id, before, after):
        if after.packed:
            git.run(self.system, self._repository(id), REPACK, timeout=HOUR, idle=None)

    def footprint(self, id, before, after):
        return tuple(below(self.system, self._folder(id)))

    def halfway(self, before, after, now):
        return True  # whatever a killed git left, its files tell what is theirs to put back

    def merge(self, id, before, after, now):
        return None

    def diff(self, id, before, after):
        words = {True: "in one pack", False: "loose, or in several packs"}
        return ["- objects " + words[before.packed], "+ objects " + words[after.packed]]


KIND = GitObjectsKind
