"""What pwck and grpck say of all the files of accounts together, as they are to be (pwck(8), grpck(8)).

Only complaints that they do not have without the candidate count.
"""

import posixpath
import re

from hardener.host.errors import Refused
from hardener.host.kinds.file import File

JUDGES = (
    (["pwck", "-r", "-q"], ("/etc/passwd", "/etc/shadow")),
    (["grpck", "-r"], ("/etc/group", "/etc/gshadow")),
)
QUESTION = re.compile(r"\? No$|no changes$|have been updated$")
NO_USER = re.compile(r": no user (\S+)$")


def check(candidate, planned):
    """`planned` is {path: text} of all of them that are there."""
    present = {
        path: candidate.view.read(File(candidate.view.resolve(path))).text() for path in planned
    }
    for argv, paths in JUDGES:
        if candidate.path in paths and can_ask(argv[0], candidate):
            judge(argv, [path for path in paths if path in planned], present, planned, candidate)


def can_ask(program, candidate):
    if candidate.system.can_run(program):
        return True
    candidate.view.note("%s was not asked: this host has none that can be run" % program)
    return False


def judge(argv, paths, present, planned, candidate):
    old = complaints(argv, paths, present, candidate)
    new = complaints(argv, paths, planned, candidate)
    users = {line.split(":")[0] for line in planned.get("/etc/passwd", "").splitlines()}
    told = [line for line in new if line not in old and not planned_user(line, users)]
    if told:
        raise Refused("%s refuses the new %s" % (argv[0], candidate.path), why="\n".join(told))


def planned_user(line, users):
    """grpck asks the running host for members, of which a step may just make one."""
    found = NO_USER.search(line)
    return found and found.group(1).strip("'") in users


def complaints(argv, paths, texts, candidate):
    """Return the lines of the program; its questions, in which whole entries stand, are left out."""
    staged = [stage(path, texts[path], candidate) for path in paths]
    ran = candidate.system.run(argv + staged, changes=False)
    lines = (ran.out + ran.err).splitlines()
    for path, copy in zip(paths, staged):
        lines = [line.replace(copy, path) for line in lines]
    return [line for line in lines if line and not QUESTION.search(line)]


def stage(path, text, candidate):
    place = posixpath.join(candidate.folder, "as-" + posixpath.basename(path))
    owner = candidate.state.uid, candidate.state.gid
    candidate.system.replace(place, [text.encode("utf-8", "surrogateescape")], 0o600, *owner)
    return place
