"""What one process may take: /proc/PID/limits and prlimit(2), by the words of limits.conf(5)."""

import re

from hardener.host.errors import StepError

# As /proc/PID/limits has them (fs/proc/base.c), and their numbers (asm-generic/resource.h).
ITEMS = {
    "cpu": ("Max cpu time", 0),
    "fsize": ("Max file size", 1),
    "data": ("Max data size", 2),
    "stack": ("Max stack size", 3),
    "core": ("Max core file size", 4),
    "rss": ("Max resident set", 5),
    "nproc": ("Max processes", 6),
    "nofile": ("Max open files", 7),
    "memlock": ("Max locked memory", 8),
    "as": ("Max address space", 9),
    "locks": ("Max file locks", 10),
    "sigpending": ("Max pending signals", 11),
    "msgqueue": ("Max msgqueue size", 12),
}
ENDLESS = -1  # RLIM_INFINITY as Python has it


def parsed(text):
    """Return ((item, soft, hard), …), sorted, by /proc/PID/limits."""
    found = []
    for item, (words, _) in sorted(ITEMS.items()):
        line = re.search(r"(?m)^%s +(\S+) +(\S+)" % words, text)
        if line:
            found.append((item, number(line.group(1)), number(line.group(2))))
    return tuple(found)


def number(text):
    return ENDLESS if text == "unlimited" else int(text)


def wanted(limits):
    """Return the same for {item: "SOFT:HARD", or one value for both}; raises StepError."""
    found = []
    for item, value in sorted((limits or {}).items()):
        soft, colon, hard = str(value).partition(":")
        soft, hard = number(soft), number(hard if colon else soft)
        if over(soft, hard):
            raise StepError("the soft limit of %s, %s, is over the hard one" % (item, value))
        found.append((item, soft, hard))
    return tuple(found)


def over(one, other):
    """Is one limit larger than another?"""
    return other != ENDLESS and (one == ENDLESS or one > other)


def shown(limits):
    """`nofile 1024:4096`, a text each."""
    return ["%s %s:%s" % (item, word(soft), word(hard)) for item, soft, hard in limits]


def word(value):
    return "unlimited" if value == ENDLESS else str(value)
