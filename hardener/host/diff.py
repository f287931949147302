"""Differences between texts as people read them."""

BINARY = "binary"
SHOWN = 2000  # lines; a longer difference is cut, and says so


def contents(before, after, name=""):
    """Return unified diff lines of two Contents (None: nothing there)."""
    if before == after:
        return []
    old, new = _lines(before), _lines(after)
    if BINARY in (old, new):
        return _summary("-", before) + _summary("+", after)
    import difflib  # a run that changes nothing needs none

    lines = list(difflib.unified_diff(old, new, "before", "after", lineterm=""))[2:]
    if len(lines) > SHOWN:
        lines = lines[:SHOWN] + ["@ … %d more lines" % (len(lines) - SHOWN)]
    return lines


def _lines(content):
    if content is None:
        return []
    if content.size > 1 << 20:
        return BINARY
    data = content.bytes()
    if b"\0" in data:
        return BINARY
    lines = data.decode("utf-8", "backslashreplace").split("\n")
    if lines[-1] == "":
        lines.pop()
    elif lines:
        lines[-1] += "  (no newline at the end)"
    return lines


def _summary(sign, content):
    if content is None:
        return []
    return ["%s %d bytes, sha256 %s…" % (sign, content.size, content.sha256[:16])]
