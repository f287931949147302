"""Which file of sysctl.d has the last word at boot: sysctl.d(5), sysctl(8)."""

import posixpath

from hardener.host.kinds.file import File
from hardener.host.text.sysctl import SysctlConf

# The first folder that has a file of some name hides those of the others.
FOLDERS = (
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
    "/lib/sysctl.d",
)
OLD = "/etc/sysctl.conf"


def files(view):
    """Return the paths in the order in which they are read; links followed, one to /dev/null is empty."""
    named = _named(view)
    order = [view.resolve(named[name]) for name in sorted(named)]
    # Without Debian's link 99-sysctl.conf only procps reads it, after all others.
    return order if OLD in order else order + [OLD]


def _named(view):
    """Return {name: path} of all files that are read."""
    named = {}
    for folder in FOLDERS:
        for name in view.listdir(folder):
            if name.endswith(".conf"):
                named.setdefault(name, posixpath.join(folder, name))
    return named


def settings(path, view):
    """Return the settings of one file; the keys that a step names are no patterns, and go before those."""
    return SysctlConf.parse(view.read(File(path)).text()).settings


def rivals(own, values, view):
    """Return (later, earlier): (path, setting) of other files that set a key to another value.

    Later ones win over `own`, earlier ones are overridden by it.
    """
    order = files(view)
    place = order.index(own) if own in order else _place(own, view)
    others = [(path, s) for path in order if path != own for s in settings(path, view)]
    against = [
        (p, s) for p, s in others if s.key in values and " ".join(s.value.split()) != values[s.key]
    ]
    later = [pair for pair in against if order.index(pair[0]) >= place]
    return later, [pair for pair in against if pair not in later]


def _place(own, view):
    """Return where a file that is not there yet will stand: by its name among the others, links too."""
    return sum(1 for name in _named(view) if name < posixpath.basename(own))
