"""What findmnt says of a new fstab that it does not say of the old one (findmnt(8), --verify).

Whether devices and folders are there is not its to say: an earlier step may bring them.
"""

import re

from hardener.host.errors import Refused
from hardener.host.kinds.file import File

UNREACHABLE = re.compile(r"unreachable|no such|cannot detect", re.IGNORECASE)


def check(candidate, parameters):
    if not candidate.system.can_run("findmnt"):
        return
    old = candidate.folder + "/old"
    state = candidate.view.read(File(candidate.path))
    owner = candidate.system.lstat(candidate.folder)
    text = state.text().encode("utf-8", "surrogateescape")
    candidate.system.scratch().replace(old, [text], 0o600, owner.st_uid, owner.st_gid)
    known = complaints(candidate, old)
    for line in complaints(candidate, candidate.staged):
        if line not in known:
            raise Refused("findmnt refuses the new %s" % candidate.path, why=line)


def complaints(candidate, path):
    ran = candidate.system.run(["findmnt", "--verify", "--tab-file", path], changes=False)
    lines = (ran.out + ran.err).replace(path, candidate.path).splitlines()
    found = [line.strip() for line in lines if "[E]" in line or "parse error at" in line]
    return [re.sub(r" at line [0-9]+", "", line) for line in found if not UNREACHABLE.search(line)]
