"""Rules of the kernel's audit, a line each: audit.rules(7), auditctl(8)."""

import re

COMMENT = re.compile(r"\s*(#|$)")
RULE = re.compile(r"\s*-[aAw]\s")
LOCK = re.compile(r"(?m)^[ \t]*(?:-e[ \t]*2|--loginuid-immutable)[ \t]*$")
SYSCALL = re.compile(r"\s-S\s")
ARCH = re.compile(r"\s-F\s*arch\s*=\s*(\S+)")
WATCH = re.compile(r"(?:^|\s)(?:-w\s+|-F\s*(path|dir)\s*=\s*)(/\S*)")
LAST = re.compile(r"(?m)^[ \t]*-e[ \t]*(\d)[ \t]*$")


def lines(text):
    """Return (number, line) of all that is no comment and not empty."""
    return [
        (at, line.strip())
        for at, line in enumerate(text.splitlines(), 1)
        if not COMMENT.match(line)
    ]


def rules(text):
    """Return (number, rule) of what the kernel lists, and no option of its own."""
    return [(at, line) for at, line in lines(text) if RULE.match(line)]


def form(rule):
    """The rule as its words, in any order: the kernel takes no second one with the same."""
    words = " ".join(rule.split())
    pairs = re.findall(r"(-{1,2}[A-Za-z]+)\s*([^\s-]\S*)?", " " + words)
    return tuple(sorted((flag, ",".join(sorted(value.split(",")))) for flag, value in pairs))


def paired(rule):
    """Return the rule for each width of system calls, where it says none: a call may be made by either."""
    if not SYSCALL.search(rule) or ARCH.search(rule):
        return [rule]
    head = re.match(r"\s*-[aA]\s+\S+", rule)
    at = head.end() if head else SYSCALL.search(rule).start()
    return ["%s -F arch=%s%s" % (rule[:at], arch, rule[at:]) for arch in ("b64", "b32")]


def one_sided(text):
    """Return (number, rule) of those for one width of system calls of which no other is for the other."""
    known = {form(ARCH.sub(" -F arch=any", rule)): set() for _, rule in rules(text)}
    for _, rule in rules(text):
        found = ARCH.search(rule)
        known[form(ARCH.sub(" -F arch=any", rule))].add(found.group(1) if found else "any")
    return [
        (at, rule)
        for at, rule in rules(text)
        if known[form(ARCH.sub(" -F arch=any", rule))] in ({"b64"}, {"b32"})
    ]


def unlocked(text):
    """The text without what locks the kernel's rules until the next boot; line numbers stay."""
    return LOCK.sub("", text)


def locks(text):
    """Does it end with rules that nobody changes before the next boot?"""
    return LAST.findall(text)[-1:] == ["2"]


def watched(rule):
    """Return the folder that must be there, or the kernel refuses the rule; None where there is none."""
    found = WATCH.search(rule)
    if not found:
        return None
    path = found.group(2).rstrip("/") or "/"
    return path if found.group(1) == "dir" else path.rpartition("/")[0] or "/"
