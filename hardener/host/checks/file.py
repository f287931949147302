"""Files that are there, how many, how old, with which content."""

import re

UNBOOTED = True  # files can be looked at in a tree that is not booted


def check(params, system):
    """`params`: path (a pattern is allowed), min, max (counts), newer_than, older_than (seconds), …

    contains, absent.
    """
    found = [path for path in system.glob(params.path) if system.lstat(path)]
    if params.absent:
        return "%s is there" % found[0] if found else None
    aged = [path for path in found if of_age(system, path, params)]
    if len(aged) < params.min:
        return "%d of %d files %s fit, at least %d should" % (
            len(aged),
            len(found),
            params.path,
            params.min,
        )
    if params.max is not None and len(aged) > params.max:
        return "%d files %s, at most %d should be there" % (len(aged), params.path, params.max)
    return content(system, aged, params)


def of_age(system, path, params):
    age = system.now() - system.lstat(path).st_mtime
    if params.newer_than is not None and age > params.newer_than:
        return False
    return params.older_than is None or age >= params.older_than


def content(system, paths, params):
    for path in paths if params.contains else ():
        text = system.read(path).decode("utf-8", "replace")
        if not re.search(params.contains, text, re.MULTILINE):
            return "%s does not contain %s" % (path, params.contains)
    return None
