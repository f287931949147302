"""What logrotate says of the whole configuration with a new file in it.

Only complaints that it does not have without the candidate count.
"""

import itertools
import posixpath
import re

from hardener.host.errors import Refused
from hardener.host.kinds.file import File
from hardener.host.logrotate import claims, folders
from hardener.host.logrotate.block import block
from hardener.host.logrotate.copy import MAIN, Copy
from hardener.host.resource import Resource
from hardener.host.text.logrotate import Directive

DUPLICATE = re.compile(r"duplicate log entry for (.*)")
MISSING = re.compile(r"error: stat of (.*) failed: No such file")


def check(candidate, draft):
    """`draft` holds the step's parameters with users and groups by number."""
    view, path, text = candidate.view, candidate.path, block(draft)
    compressors(draft, candidate)
    main = view.read(File(view.resolve(MAIN)))
    copy = Copy(candidate, main)
    order = copy.order(dict(copy.others, **{path: text}))
    folders.check(draft, view, su_for_all(order, path))
    if main.exists and candidate.system.can_run("logrotate"):
        if not untroubled(path, text, copy):
            judge(candidate, text_to_try(draft, path, copy), copy)
        order = [(file, item) for file, item in order if file == MAIN or copy.read(file)]
    else:
        view.note("%s was not tried: this host has no logrotate that can be run" % path)
    claims.check(path, order, view)


def compressors(draft, candidate):
    """logrotate -d does not look for these programs, and without them every rotation fails."""
    for name in ("compresscmd", "uncompresscmd"):
        program = draft.get(name)
        if program and candidate.system.which(program) is None:
            candidate.view.unless_arriving(Resource("program", program))
            raise Refused(
                "%s is not there, which `%s` names" % (program, name),
                hint="a step before this one can install it",
            )


def su_for_all(order, path):
    """Is there a global `su` before the file? Global directives count for what is read after them."""
    before = itertools.takewhile(lambda each: each[0] != path, order)
    return any(isinstance(item, Directive) and item.name == "su" for _, item in before)


def untroubled(path, text, copy):
    """Does logrotate read it, and complain of nothing? Then there is nothing to compare."""
    return not copy.complaints(dict(copy.others, **{path: text})) and copy.read(path)


def text_to_try(draft, path, copy):
    """Users that an earlier step of the play will make are root to a logrotate that runs now."""
    if not any(
        "unknown user" in line or "unknown group" in line
        for line in copy.complaints({path: block(draft)})
    ):
        return block(draft)
    owned = {
        name: draft[name]
        for name in ("su", "create", "createolddir")
        if isinstance(draft.get(name), dict)
    }
    for name, given in owned.items():
        owned[name] = {
            key: value if key == "mode" else 0 for key, value in given.items() if value is not None
        }
    return block(dict(draft, **owned))


def judge(candidate, text, copy):
    """Compare what logrotate says without and with the candidate."""
    old = copy.complaints(copy.others)
    new = [
        line
        for line in copy.complaints(dict(copy.others, **{candidate.path: text}))
        if line not in old
    ]
    if not copy.read(candidate.path):
        raise unread(candidate.path, copy)
    if old:
        candidate.view.note("logrotate complains of other files of this host: %s" % old[0])
    for log in [found.group(1) for found in map(MISSING.match, new) if found]:
        candidate.view.note("%s is not there: an error to logrotate, unless missingok: true" % log)
    serious = [line for line in new if not MISSING.match(line)]
    for line in serious:
        if DUPLICATE.search(line):
            raise twice(line, candidate.path, text, copy)
    if serious:
        raise Refused("logrotate refuses the new %s" % candidate.path, why="\n".join(serious))


def twice(line, path, text, copy):
    other = rival(line, path, text, copy)
    both = "twice by %s" % path if other == path else "by %s and by %s" % (other, path)
    return Refused(
        "%s is rotated %s" % (DUPLICATE.search(line).group(1), both),
        why=line,
        hint=claims.HINT,
    )


def rival(line, path, text, copy):
    """The other file: the one that logrotate names, or that alone with ours is in its way."""
    for other in list(copy.others) + [MAIN]:
        if line.startswith("error: %s:" % other):
            return other
    if any(map(DUPLICATE.search, copy.complaints({path: text}))):
        return MAIN if "{" in copy.main else path
    for other, content in sorted(copy.others.items()):
        if any(map(DUPLICATE.search, copy.complaints({other: content, path: text}))):
            return other
    return path


def unread(path, copy):
    folder, name = posixpath.split(path)
    passed = [line for line in copy.said if line.startswith("Ignoring %s," % name)]
    unseen = [line for line in copy.said if line.startswith("error: cannot stat")]
    absent = "%s does not include %s" % (MAIN, folder)
    return Refused(
        "logrotate does not read %s" % path,
        why=passed[0] if passed else "; ".join([absent] + unseen),
        hint="take another name" if passed else "add `include %s` to %s" % (folder, MAIN),
    )
