"""Would the host, as a play would leave it, still let in who is logged in now? Asked before anything changes.

Only a clear no counts: one that the host as it is does not give to the very same question.
"""

from hardener.host.access import subjects
from hardener.host.access.answers import No, Unasked
from hardener.host.access.login import ways
from hardener.host.access.planned import Planned, concerns, present
from hardener.host.errors import HostError, Lockout

ANYWAY = "`--no-look-ahead` applies it all the same"


def look(preview, told):
    """Return why something could not be asked, a sentence each; raises Lockout for a clear no.

    `told` is what the controller says of its login, or why nothing can be `unasked`; None: it
    wants nothing to be asked.
    """
    if told is None or "unasked" in told:
        return [told["unasked"]] if told else []
    now, then = ways(told, preview.kinds.system)
    unasked = {}
    for module in subjects():
        ours = (module.SUBJECT,) + getattr(module, "ALSO", ())
        if any(concerns(each, change) for each in ours for change in preview.changes):
            why = asked(module, ours, preview, now, then)
            unasked.setdefault(why, []).append(module.SUBJECT.name)
    unasked.pop("", None)
    return ["%s: %s" % (", ".join(names), why) for why, names in unasked.items()]


def asked(module, subjects, preview, now, then):
    """Ask of one subject; return why that can't be done, "" where it lets them in."""
    try:
        if not hasattr(module, "check"):
            raise Unasked("nothing can tell beforehand")
        if not now.user:
            raise Unasked("nobody is logged in by ssh")
        knowable(module, subjects, preview)
        with Planned(preview) as planned:
            no = answer(module, planned, then)
            if no:
                compare(module, preview, now)
                raise refusal(no, planned, subjects)
    except Lockout:
        raise
    except (HostError, OSError, ValueError) as error:
        return getattr(error, "what", "") or str(error)
    return ""


def answer(module, planned, ways):
    """Return the No of the first way where none of them is open."""
    nos = []
    for way in ways:
        no = module.check(planned, way)
        if no is None:
            return None
        nos.append(no)
    return nos[0]


def compare(module, preview, now):
    """Who is in although the host as it is says no comes by a way that we do not see."""
    with Planned(present(preview)) as planned:
        no = module.check(planned, now)
    if no:
        raise Unasked("it says no to this login as it is: %s" % no.what)


def knowable(module, subjects, preview):
    """Raise Unasked where a command or a package of the play may have its own way with it."""
    for path in preview.overlay.unknowns():
        if any(each.holds(path) for each in subjects):
            raise Unasked("%s is only known once a command has run" % path)
    for change in preview.changes:
        if any(concerns(each, change) for each in subjects) and opaque(module, change):
            raise Unasked("only the apply will tell what this does: %s" % (change.resource,))


def opaque(module, change):
    """May this change other things than it says?"""
    if change.resource.kind == "package":
        return True
    if change.resource.kind != "command" or change.after.harmless:
        return False
    harmless = getattr(module, "harmless", None)
    return not (harmless and harmless(change.after.argv))


def secret(preview, subjects):
    """Does a step that says no_log write anything of this?"""
    return any(
        change.secret and concerns(each, change) for each in subjects for change in preview.changes
    )


def refusal(no, planned, subjects):
    change = planned.guilty(no, subjects)
    if secret(planned.preview, subjects):
        no = No("`no_log` hides what is in the way")
    return Lockout(
        "this would lock you out: " + no.what,
        str(change.resource),
        "\n".join(filter(None, ["step «%s»" % planned.step(change), no.why])),
        "; ".join(filter(None, [no.hint, ANYWAY])),
    )
