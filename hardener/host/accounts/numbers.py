"""Numbers for new users and groups, as useradd(8) and groupadd(8) choose them."""

from hardener.host.errors import StepError


def free(accounts, what, bounds, system, preferred=None):
    """Return a number that nobody has: `what` is user or group, `bounds` (lowest, highest).

    After the highest that is taken; for system accounts before the lowest (find_new_uid.c).
    """
    lowest, highest = bounds
    used = taken(accounts, what)
    inside = [number for number in used if lowest <= number <= highest]
    if system:
        order = list(range(min(inside + [highest + 1]) - 1, lowest - 1, -1))
        order += range(highest, lowest - 1, -1)
    else:
        order = list(range(max(inside + [lowest - 1]) + 1, highest + 1))
        order += range(lowest, highest + 1)
    if preferred is not None and lowest <= preferred <= highest:
        order.insert(0, preferred)
    for number in order:
        if number not in used and not accounts.view.elsewhere(what, number):
            return number
    raise StepError(
        "there is no free number for a %s between %d and %d" % (what, lowest, highest),
        hint="give one, or widen the range in /etc/login.defs",
    )


def taken(accounts, what):
    """Return the numbers that are taken by the files."""
    path = {"user": "/etc/passwd", "group": "/etc/group"}[what]
    return {int(row[2]) for row in accounts.table(path).rows if len(row) > 2 and row[2].isdigit()}


def free_range(table, lowest, highest, count):
    """Return the start of the first gap for `count` subordinate ids, or None (subuid(5))."""
    start = lowest
    ranges = [row[1:3] for row in table.rows if len(row) > 2]
    for first, size in sorted((int(a), int(b)) for a, b in ranges if (a + b).isdigit()):
        if start + count <= first:
            break
        start = max(start, first + size)
    return start if start + count - 1 <= highest else None
