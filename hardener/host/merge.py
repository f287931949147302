"""Take one change out of what somebody else has changed since (as `git revert` does)."""

from hardener.host.door.content import Content


def states(before, after, now):
    """Merge field by field; return a state like `before`, or None where both sides changed one."""
    fields = [field(b, a, n) for b, a, n in zip(before, after, now)]
    if any(merged is CONFLICT for merged in fields):
        return None
    return type(before)(*fields)


CONFLICT = object()
LARGEST = 16 << 20  # bytes of a text that is merged: it is held in memory, three times over


def field(before, after, now):
    if now == after:
        return before
    if before in (after, now):
        return now
    if all(isinstance(value, Content) for value in (before, after, now)):
        return contents(before, after, now)
    return CONFLICT


def contents(before, after, now):
    from hardener.host.text import diff3

    if max(content.size for content in (before, after, now)) > LARGEST:
        return CONFLICT
    parts = [content.bytes() for content in (after, now, before)]
    if any(b"\0" in part for part in parts):
        return CONFLICT
    merged = diff3.merge(*[part.splitlines(True) for part in parts])
    return Content.of(b"".join(merged.lines)) if merged.clean else CONFLICT
