"""Files that are there, how many, how old, with which content."""

import io
import re

from hardener.host.checks import least

UNBOOTED = True  # files can be looked at in a tree that is not booted


def check(params, system):
    """`params`: path (a pattern is allowed), min, max (counts), newer_than, older_than (seconds), …

    contains, absent.
    """
    found = there(system, params.path)
    if params.absent:
        return "%s is there" % found[0][0] if found else None
    aged = [path for path, info in found if of_age(system.now() - info.st_mtime, params)]
    if len(aged) < least(params):
        return few(params, [path for path, _ in found], len(aged))
    if params.max is not None and len(aged) > params.max:
        return "%d files %s, at most %d should be there" % (len(aged), params.path, params.max)
    return content(system, aged, params)


def there(system, pattern):
    """Return [(path, os.stat_result)]; what vanishes meanwhile was not there."""
    found = [(path, system.lstat(path)) for path in system.glob(pattern)]
    return [pair for pair in found if pair[1]]


def of_age(age, params):
    if params.newer_than is not None and age > params.newer_than:
        return False
    return params.older_than is None or age >= params.older_than


def few(params, found, aged):
    """Say what is missing: files, or files of that age."""
    if not found:
        return "%s is not there" % params.path
    if len(found) < least(params):
        return "%d files %s are there, at least %d should be" % (
            len(found),
            params.path,
            least(params),
        )
    if len(found) > 1:
        return "%d of %d files %s are of that age, at least %d should be" % (
            aged,
            len(found),
            params.path,
            least(params),
        )
    if params.newer_than is None:
        return "%s is newer than %d seconds" % (found[0], params.older_than)
    return "%s is older than %d seconds" % (found[0], params.newer_than)


def content(system, paths, params):
    for path in paths if params.contains else ():
        if not contains(system, path, re.compile(params.contains, re.MULTILINE)):
            return "%s does not contain %s" % (path, params.contains)
    return None


def contains(system, path, pattern):
    """Look line by line: a log may be larger than the memory."""
    with io.TextIOWrapper(system.open(path), "utf-8", "replace") as lines:
        return any(map(pattern.search, lines))
