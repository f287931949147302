"""The one line of fstab for a swap file: fstab(5), swapon(8)."""

from hardener.host.text.fstab import Entry, Fstab


def lines(fstab, path, resolve):
    """Return [(line, Entry)] of this swap file, in whichever spelling; `resolve` follows links."""
    return _of_swap(fstab.entries, path, resolve)


def _of_swap(entries, path, resolve):
    return [
        (at, entry)
        for at, entry in entries
        if entry.vfstype == "swap" and entry.spec.startswith("/") and path == resolve(entry.spec)
    ]


def without(text, path, resolve):
    """Return the text without any line for this swap file."""
    fstab = Fstab.parse(text)
    return str(_cleared(fstab, lines(fstab, path, resolve), path, resolve))


def _cleared(fstab, spare, path, resolve):
    """Take out these lines, and those for the same file that only some programs understand."""
    for at, _ in sorted(spare + _of_swap(fstab.meant(), path, resolve), reverse=True):
        fstab = fstab.remove(at)
    return fstab


def with_line(text, path, resolve, priority, discard):
    """Return the text with exactly one line for it; None for priority or discard leaves that option."""
    fstab = Fstab.parse(text)
    fstab = _cleared(fstab, lines(fstab, path, resolve)[1:], path, resolve)
    found = lines(fstab, path, resolve)
    if not found:
        return str(
            fstab.add(Entry(path, "none", "swap", options(("sw",), priority, discard), 0, 0))
        )
    at, old = found[0]
    changed = old._replace(spec=path, options=options(old.options, priority, discard))
    return str(fstab.replace(at, changed))


def options(old, priority, discard):
    """Return the options with these two as asked, and without what keeps it off at boot."""
    kept = [option for option in old if option != "noauto"]
    for name, value in (("pri", priority), ("discard", discard)):
        if value is not None:
            kept = [option for option in kept if option.partition("=")[0] != name]
            kept += [written(name, value)] if value not in ("", "none") else []
    return tuple(kept) or ("sw",)


def written(name, value):
    return name if value == "all" else "%s=%s" % (name, value)


def priority_of(text, path, resolve):
    """Return the priority that fstab gives it at boot, or None."""
    found = _option(text, path, resolve, "pri")
    return int(found) if found and found.isdigit() else None


def discard_of(text, path, resolve):
    """Return how fstab has it discarded: all, once, pages, or "" for not at all."""
    found = _option(text, path, resolve, "discard")
    return {"": "all", "once": "once", "pages": "pages"}.get(found, "")


def _option(text, path, resolve, name):
    """Return the value of an option, "" where it stands alone; None without it."""
    for _, entry in lines(Fstab.parse(text), path, resolve)[:1]:
        for option in entry.options:
            if option.partition("=")[0] == name:
                return option.partition("=")[2]
    return None
