"""What users may take of the machine: a file in /etc/security/limits.d (limits.conf(5))."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.sysctl import Sysctl
from hardener.host.resource import Want

FOLDER = "/etc/security/limits.d/"
ENDLESS = ("unlimited", "infinity", "-1")
MOST_FILES = "fs.nr_open"


def plan(params, view):
    file = File(FOLDER + params.name + ".conf")
    if params.state == "absent":
        yield Want(file, ABSENT)
        return
    for each in params.limits or ():
        known(each["domain"], view)
        possible(each, view)
    crossed(params.limits or ())
    text = "".join(
        "%(domain)s %(type)s %(item)s %(value)s\n" % each for each in params.limits or ()
    )
    root = view.read(File("/"))  # root's; in a tree that somebody else laid out, theirs
    yield Want(file, view.read(file).with_text(text, mode=0o644, uid=root.uid, gid=root.gid))


def known(domain, view):
    """Numbers, ranges and stars need nobody; a name that is not there is passed over in silence."""
    if domain[0].isalpha() or domain[0] == "_":
        view.uid(domain)
    elif domain[0] == "@" and domain[1:2].isalpha():
        view.gid(domain[1:])


def possible(limit, view):
    """Over this, setrlimit(2) fails, and pam_limits lets nobody in whom it is for (pam_limits(8))."""
    if limit["item"] != "nofile" or not view.live:
        return
    most, value = view.read(Sysctl(MOST_FILES)).value, str(limit["value"])
    if most and (value in ENDLESS or int(value) > int(most)):
        raise StepError(
            "nofile %s is more than the kernel gives, and would keep %s from logging in"
            % (value, limit["domain"]),
            why="%s is %s" % (MOST_FILES, most),
            hint="write %s or less, or raise it in a step before this one" % most,
        )


def crossed(limits):
    """A soft limit over the hard one is refused by the kernel, so the session would be."""
    hard = {(each["domain"], each["item"]): each for each in limits if each["type"] == "hard"}
    for each in limits:
        over = hard.get((each["domain"], each["item"]))
        if each["type"] == "soft" and over and size(each) > size(over):
            raise StepError(
                "the soft limit of %(domain)s for %(item)s, %(value)s, is over the hard one" % each,
                hint="give them in the other order: hard is the most that soft may be",
            )


def size(limit):
    value = str(limit["value"])
    return float("inf") if value in ENDLESS else int(value)
