"""What apt makes of all its configuration with a new file in it: apt-config dump (apt.conf(5))."""

import posixpath
import re

from hardener.host.errors import Refused

PARTS = "/etc/apt/apt.conf.d"
DUMPED = re.compile(r'(?m)^(\S+?)(::)? "(.*)";$')


def check(candidate, parameters):
    """`parameters` are the values that apt must come to, {key: text, or a list}."""
    system, view = candidate.system, candidate.view
    if not system.can_run("apt-config"):
        view.note("%s was not tried: there is no apt here that we may ask" % candidate.path)
        return
    copy, start = lay(candidate), candidate.folder + "/start"
    system.replace(start, [b'Dir::Etc::parts "%s";\n' % copy.encode()], 0o600, *owner(candidate))
    ran = system.run(["apt-config", "dump"], env={"APT_CONFIG": start}, changes=False)
    if not ran.ok:
        why = ran.why().replace(copy, PARTS)
        raise Refused("apt refuses the new %s" % candidate.path, why=why)
    refuse_others(candidate.path, parameters, dumped(ran.out))


def owner(candidate):
    ours = candidate.system.lstat(candidate.folder)
    return ours.st_uid, ours.st_gid


def lay(candidate):
    """Make a folder as apt.conf.d will be: links, but for the candidate."""
    system, copy = candidate.system, candidate.folder + "/parts"
    system.mkdir(copy, 0o700, *owner(candidate))
    for name in candidate.view.listdir(PARTS):
        if "%s/%s" % (PARTS, name) != candidate.path:
            system.symlink("%s/%s" % (PARTS, name), "%s/%s" % (copy, name), *owner(candidate))
    place = "%s/%s" % (copy, posixpath.basename(candidate.path))
    system.symlink(candidate.staged, place, *owner(candidate))
    return copy


def dumped(text):
    """Return {key: text, or list} of what `apt-config dump` printed; keys ignore case."""
    found = {}
    for key, many, value in DUMPED.findall(text):
        if many:
            known = found.get(key.lower())
            found[key.lower()] = (known if isinstance(known, list) else []) + [value]
        else:
            found.setdefault(key.lower(), value)
    return found


def refuse_others(path, wanted, found):
    """Raise Refused where another file has the last word."""
    wrong = [key for key in sorted(wanted) if found.get(key.lower()) != wanted[key]]
    if wrong:
        raise Refused(
            "apt would not go by the new %s" % path,
            why="\n".join("%s is %s" % (key, found.get(key.lower())) for key in wrong),
            hint="a file of %s that sorts after it says otherwise, or /etc/apt/apt.conf" % PARTS,
        )
