"""What mount options come to in the kernel: mount(8), tmpfs(5)."""

from hardener.host.errors import StepError
from hardener.host.nearest import nearest

PAGE = 4096
FLAGS = {
    "ro": ("rw",),
    "nosuid": ("suid",),
    "nodev": ("dev",),
    "noexec": ("exec",),
    "noatime": ("atime", "relatime", "strictatime"),
    "nodiratime": ("diratime",),
    "nosymfollow": ("symfollow",),
}
ATIMES = ("noatime", "nodiratime")
OPPOSITE = {other: flag for flag, others in FLAGS.items() for other in others}
IMPLIED = {
    "user": ("noexec", "nosuid", "nodev"),
    "users": ("noexec", "nosuid", "nodev"),
    "owner": ("nosuid", "nodev"),
    "group": ("nosuid", "nodev"),
    "relatime": (),
}
UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def spelt(words):
    """Raise StepError for a word that is almost a flag: at boot the kernel would refuse the mount for it."""
    known = set(FLAGS) | set(OPPOSITE) | {"defaults", "nofail", "noauto"}
    for word in words:
        near = nearest(word, known, 0.85) if word not in known else ""
        if near and word not in IMPLIED:
            raise StepError("there is no mount option %s" % word, hint="did you mean %s?" % near)


def flags(options):
    """The flags that these options set, sorted; the last word on each counts."""
    found = set()
    for word in options:
        if word == "defaults":
            found.clear()
        for each in (word,) + IMPLIED.get(word, ()):
            found.discard(OPPOSITE.get(each))
            found |= {each} & set(FLAGS)
    return tuple(sorted(found))


def with_more(options, more):
    """Options with some more, and without what says the opposite of one of these."""
    against = set()
    for word in more:
        against |= set(FLAGS.get(word, ())) | {word, OPPOSITE.get(word)}
    return tuple(each for each in options if each not in against) + tuple(more)


def words(flags, before=()):
    """The options that bring a mount with the flags `before` to just these."""
    gone = [FLAGS[flag][0] for flag in sorted(FLAGS) if flag not in flags and flag not in ATIMES]
    back = [FLAGS[flag][0] for flag in ATIMES if flag in before and flag not in flags]
    # Without a word on it, the kernel leaves access times as they are: mount(2), MS_REMOUNT.
    return list(flags) + gone + back + (["relatime"] if "atime" in back else [])


def size(options, memory):
    """The size of a tmpfs in bytes, rounded to pages as the kernel does; None if it is not said."""
    given = [word[5:] for word in options if word.startswith("size=")]
    if not given:
        return None
    text, unit = given[-1].rstrip("%"), 1
    if text != given[-1]:
        pages = memory // PAGE * PAGE
        return _pages(int(text) * pages // 100) if text.isdigit() else _refuse(given[-1])
    if text[-1:].lower() in UNITS:
        text, unit = text[:-1], UNITS[text[-1].lower()]
    return _pages(int(text) * unit) if text.isdigit() else _refuse(given[-1])


def half(memory):
    """The size of a tmpfs where nothing says another (shmem_default_max_blocks() of the kernel)."""
    return memory // PAGE // 2 * PAGE


def _pages(size):
    return -(-size // PAGE) * PAGE


def _refuse(text):
    raise StepError("`size=%s` is no size" % text)
