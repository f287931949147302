"""Lines of /etc/modprobe.d: modprobe.d(5)."""

PERMANENT = "[permanent]"  # stands among the users of what has no way to be unloaded
REFUSALS = ("/bin/false", "/usr/bin/false", "/bin/true", "/usr/bin/true")


def canonical(name):
    """A dash in the name of a module is an underscore (modprobe(8))."""
    return name.replace("-", "_")


def blocked(names):
    """No alias of the hardware loads it (`blacklist`), nor does its name or what needs it (`install`)."""
    return "".join("blacklist %s\ninstall %s /bin/false\n" % (name, name) for name in names)


def install(text, name):
    """Return (line from 1, command) of the first `install` for a module; None without one."""
    for at, line in enumerate(text.splitlines(), 1):
        words = line.split(None, 2)
        if words[:1] == ["install"] and len(words) > 2 and canonical(words[1]) == name:
            return at, words[2].strip()
    return None


def names(text):
    """The modules of a list such as modules.builtin, which holds a path a line."""
    files = [line.rpartition("/")[2] for line in text.splitlines()]
    return {canonical(file.partition(".ko")[0]) for file in files}


def loads(name, said):
    """Does modprobe load it, by `modprobe --show-depends`? What it needs comes first, loaded or refused."""
    lines = [line.split() for line in said.splitlines() if line.strip()]
    files = [words[1] for words in lines if words[0] == "insmod" and len(words) > 1]
    return lines[-1:] != [["install", "/bin/false"]] or name in names("\n".join(files))


def loaded(text):
    """[(name, how many use it, the modules among these)] of /proc/modules (proc(5))."""
    lines = [line.split() for line in text.splitlines()]
    found = [words for words in lines if len(words) > 3 and words[2].isdigit()]
    return [(w[0], int(w[2]), tuple(filter(None, w[3].strip("-,").split(",")))) for w in found]


def idle(loaded, names, driving):
    """Return (those that nothing uses, in the order in which they can go; {name: why it stays}).

    What is used by others of `names` alone is idle once these are gone. `driving`: {name: devices}.
    """
    there = {name: (count, users) for name, count, users in loaded if name in names}
    going = []
    while True:
        free = [n for n in sorted(set(there) - set(going)) if _free(*there[n], going=going)]
        free = [name for name in free if name not in driving]
        if not free:
            break
        going += free
    return going, {n: _why(*there[n], driving.get(n)) for n in there if n not in going}


def _free(count, users, going):
    users = [name for name in users if name != PERMANENT]
    return count == len(users) and all(name in going for name in users)


def _why(count, users, devices):
    if devices:
        return "it drives %s" % ", ".join(devices)
    return "it is used %d times%s" % (count, ", by " + ",".join(users) if users else "")
