"""Paths by a shell pattern (glob(7)): a star crosses no slash, and finds no name that begins with a dot."""

import fnmatch


def find(pattern, listdir, exists):
    """Return the sorted paths that match; `listdir(folder)` gives names, `exists(path)` says yes or no."""
    found = [""]
    for part in [part for part in pattern.split("/") if part]:
        found = [path for folder in found for path in _matches(folder, part, listdir, exists)]
    return sorted(found)


def _matches(folder, part, listdir, exists):
    if not any(sign in part for sign in "*?["):
        return [folder + "/" + part] if exists(folder + "/" + part) else []
    names = [name for name in listdir(folder or "/") if part.startswith(".") or name[0] != "."]
    return [folder + "/" + name for name in fnmatch.filter(names, part)]
