"""The five fields of time of a crontab entry: crontab(5)."""

import re

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("weekday", 0, 7, DAYS),
)
SPECIAL = ("reboot", "yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly")
PART = re.compile(r"(?:\*|(\w+)(?:([-~])(\w+))?)(?:/([0-9]+))?")  # `~`: a random one of a range
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def trouble(words):
    """Say why cron refuses these five fields; "" if it does not."""
    for word, field in zip(words, FIELDS):
        for part in word.split(","):
            why = part_trouble(part, *field)
            if why:
                return why
    return ""


def part_trouble(part, name, least, most, names):
    match = PART.fullmatch(part)
    if not match:
        return "`%s` is no %s" % (part, name)
    first, sign, last, step = match.groups()
    for end in (first, last):
        if end is not None and number(end, least, names) not in range(least, most + 1):
            return "`%s` is no %s: %d to %d" % (end, name, least, most)
    if step and (int(step) == 0 or (first and not sign)):
        return "`%s`: a step is 1 or more, and follows `*` or a range" % part
    return ""


def number(word, least, names):
    """The number that a word stands for, or -1."""
    if word.lower() in names:
        return names.index(word.lower()) + least
    return int(word) if word.isdigit() and len(word) < 9 else -1


def never(words):
    """Say why fields that cron takes never come true; "" if they do."""
    sets = [values(word, *field[1:]) for word, field in zip(words, FIELDS)]
    for word, found, field in zip(words, sets, FIELDS):
        if not found:
            return "`%s` is an empty range of %ss" % (word, field[0])
    if words[4] == "*" and min(sets[2]) > max(LENGTHS[month - 1] for month in sets[3]):
        return "no such month has a day %d" % min(sets[2])
    return ""


def values(word, least, most, names):
    """The numbers that a field that cron takes stands for."""
    found = set()
    for part in word.split(","):
        first, _, last, step = PART.fullmatch(part).groups()
        start = least if first is None else number(first, least, names)
        end = number(last, least, names) if last else most if first is None else start
        found.update(range(start, end + 1, int(step or 1)))
    return found
