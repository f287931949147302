"""One of the stacks that all services share: /etc/pam.d/common-*, as pam-auth-update writes them.

Between its marks stand the lines of the profiles; what was changed there by hand is kept:
options that were added or taken away, by the note in /var/lib/pam of what was written last.
"""

import re

from hardener.host.typed import Any, NamedTuple

NAMES = ("auth", "account", "password", "session", "session-noninteractive")
BLOCKS = (
    ('# here are the per-package modules (the "Primary" block)', "Primary"),
    ("# here's the fallback if no module succeeds", ""),
    ('# and here are more per-package modules (the "Additional" block)', "Additional"),
    ("# end of pam-auth-update config", ""),
)
LINE = re.compile(r"((?:\[[^]]+\]|\w+)\s+\S+)\s*(.*)")
ALONE = "[default=1]\t\t\tpam_permit.so"  # a stack of no module at all must not fail


class Changes(NamedTuple):
    """What an administrator has made of the lines: {line without its options: [options]}."""

    profiles: Any
    added: Any
    removed: Any


class ByHand(Exception):
    """Somebody has put lines, or marks, otherwise than any profile: its first argument says where."""


def parts(text):
    """Cut it at its marks: [before, Primary, between, Additional, after], the marks left out."""
    found = []
    for mark, _ in BLOCKS:
        before, line, text = cut(text, mark)
        if not line:
            raise ByHand("the line «%s» is missing" % mark)
        found.append((before, line))
    return found, text


def cut(text, mark):
    match = re.search(r"(?m)^%s.*\n?" % re.escape(mark), text)
    return (text[: match.start()], match.group(), text[match.end() :]) if match else (text, "", "")


def changes(name, saved, text):
    """Compare what stands in the stack with what was written last; raises ByHand."""
    known = [(p, without_jump(line)) for p, line in noted(saved)]
    found = Changes([], {}, {})
    for line in current(name, text):
        head = None
        while known and head is None:
            profile, old = known.pop(0)
            head, options = split(old)
            if not without_jump(line).startswith(head):
                head = None
        if head is None:
            raise ByHand("no profile has the line «%s»" % line)
        found.profiles.append(profile)
        compare(head, options, without_jump(line)[len(head) :].split(), found)
    return found


def compare(head, old, new, found):
    found.added.setdefault(head, []).extend(o for o in new if o not in old)
    found.removed.setdefault(head, []).extend(o for o in old if o not in new)


def noted(saved):
    """Yield (profile, line) of a file in /var/lib/pam."""
    profile = ""
    for line in saved.splitlines():
        if line.startswith("Module: "):
            profile = line[len("Module: ") :]
        else:
            yield profile, line


def current(name, text):
    """Return the lines between the marks, without the word for the stack."""
    found, _ = parts(text)
    word = re.compile(r"^%s\s+" % type_of(name))
    lines = (found[1][0] + found[3][0]).splitlines()
    return [word.sub("", line) for line in lines]


def type_of(name):
    return name.partition("-")[0]


def split(line):
    """Return (control and module, [options])."""
    match = LINE.match(line)
    return (match.group(1), match.group(2).split()) if match else (line, [])


def without_jump(line):
    """How far a line jumps depends on what stands below it."""
    line = re.sub(r"(\[[^0-9]*)[0-9]+(.*\])", r"\1\2", line)
    return re.sub(r"(\[.*)end(.*\])", r"\1\2", line)


def chosen(name, block, profiles):
    """Return [(profile, its lines)] of a block, in their order."""
    found = []
    for profile in profiles:
        lines = profile.lines(name, block, not found)
        if lines is not None:
            found.append((profile, lines))
    return found


def rendered(name, text, profiles, by_hand):
    """Return the stack with these profiles, sorted, all else in it as it is."""
    found, rest = parts(text)
    whole = ""
    for number, (before, mark) in enumerate(found):
        block = BLOCKS[number - 1][1] if number else ""
        whole += (block_of(name, block, profiles, by_hand) if block else before) + mark
    return whole + rest


def block_of(name, block, profiles, by_hand):
    lines = [line for _, lines in chosen(name, block, profiles) for line in lines]
    kind = type_of(name)
    if block == "Primary" and not lines:
        return "%s\t%s\n" % (kind, ALONE)
    # The last line of the first block jumps over the fallback, that of the second to its end.
    steps = range(len(lines) - (block == "Additional"), -len(lines), -1)
    return "".join(
        "%s\t%s\n" % (kind, line_of(line, count, by_hand)) for line, count in zip(lines, steps)
    )


def line_of(line, count, by_hand):
    head, options = split(line)
    key = without_jump(head)
    more = [o for o in by_hand.added.get(key, ()) if o not in options]
    kept = [o for o in options if o not in by_hand.removed.get(key, ())]
    return head.replace("end", str(count)) + " " + " ".join(kept + sorted(set(more)))


def note(name, profiles):
    """The file in /var/lib/pam for what `rendered` has written."""
    found = ""
    for block in ("Primary", "Additional"):
        listed = chosen(name, block, profiles)
        if block == "Primary" and not listed:
            found += "Module: null\n%s\n" % ALONE
        for profile, lines in listed:
            found += "Module: %s\n%s\n" % (profile.name, "\n".join(lines)) if lines else ""
    return found
