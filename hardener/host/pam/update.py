"""What pam-auth-update(8) would do, as wants: profiles put in or taken out, and the stacks made anew.

So the preview shows the very lines, and no question of debconf is asked.
"""

import re

from hardener.host.errors import NotApplicable, StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.pam import stack
from hardener.host.pam.profile import FOLDER, parse
from hardener.host.resource import Want

PROGRAM = "/usr/sbin/pam-auth-update"
STATE = "/var/lib/pam"
SEEN = STATE + "/seen"
LEFT = re.compile(r"~$|^#.+#$")


def required(view):
    """Raise NotApplicable where the stacks are somebody else's: authselect's, or nobody's."""
    if view.exists(PROGRAM):
        return
    view.unless_arriving(File(PROGRAM))
    raise NotApplicable(
        "there is no pam-auth-update on this host, so its PAM stacks are not ours to make",
        hint="on Fedora and its kin: authselect enable-feature with-faillock with-pwhistory",
    )


def wants(view, own, enable=(), drop_options=()):
    """Want own profiles, {name: text, or None for gone}, and those of packages, in all stacks.

    `drop_options` are [(module, option)] that no line is to have.
    """
    by_hand = {name: known(view, name) for name in stack.NAMES}
    for name, text in sorted(own.items()):
        yield file("%s/%s" % (FOLDER, name), text, view)
    profiles = there(view, own)
    order = sorted(enabled(by_hand, profiles, own, enable), key=lambda p: p.rank, reverse=True)
    compatible(order)
    for name in stack.NAMES:
        dropped(by_hand[name], order, name, drop_options)
        path = "/etc/pam.d/common-" + name
        text = stack.rendered(name, view.read(File(path)).text(), order, by_hand[name])
        yield Want(File(path), view.read(File(path)).with_text(text), ("pam", None))
        yield file("%s/%s" % (STATE, name), stack.note(name, order), view)
    yield file(SEEN, seen(view, profiles, own), view)


def file(path, text, view):
    """Want a file of root's that all may read."""
    now, root = view.read(File(path)), view.read(File("/"))
    if text is None:
        return Want(File(path), ABSENT)
    new = {} if now.exists else {"mode": 0o644, "uid": root.uid, "gid": root.gid}
    return Want(File(path), now.with_text(text, **new))


def known(view, name):
    path = "/etc/pam.d/common-" + name
    saved = view.read(File("%s/%s" % (STATE, name))).text()
    try:
        return stack.changes(name, saved, view.read(File(path)).text())
    except stack.ByHand as error:
        raise StepError(
            "%s was changed by hand, so pam-auth-update does not touch it, nor do we" % path,
            why=error.args[0],
            hint="put such lines outside of its marks, or let `pam-auth-update --force` write it anew",
        )


def there(view, own):
    """Return {name: Profile} of all that the host will have."""
    found = {
        name: view.read(File("%s/%s" % (FOLDER, name))).text() for name in view.listdir(FOLDER)
    }
    found = dict(found, **own)
    return {
        name: parse(name, text)
        for name, text in found.items()
        if text is not None and not LEFT.search(name)
    }


def enabled(by_hand, profiles, own, enable):
    names = {name for changes in by_hand.values() for name in changes.profiles}
    names |= set(own) | set(enable)
    return [profiles[name] for name in names if name in profiles]


def compatible(order):
    names = {profile.name for profile in order}
    for profile in order:
        for other in sorted(names & set(profile.conflicts)):
            raise StepError("the PAM profiles %s and %s exclude each other" % (profile.name, other))


def dropped(by_hand, order, name, drop_options):
    """Note, as a change by hand, what options no line is to have."""
    for block in ("Primary", "Additional"):
        for line in (line for _, lines in stack.chosen(name, block, order) for line in lines):
            head, options = stack.split(line)
            for module, option in drop_options:
                if head.endswith(module + ".so") and option in options:
                    by_hand.removed.setdefault(stack.without_jump(head), []).append(option)


def seen(view, profiles, own):
    """Those that nobody need be asked of again, in the order of pam-auth-update."""
    names = set(view.read(File(SEEN)).text().split()) | set(own)
    order = sorted(profiles.values(), key=lambda p: p.rank, reverse=True)
    return "".join(p.name + "\n" for p in order if p.name in names)


def modules(view, but=()):
    """Return the names of the modules that the stacks use, those of the profiles `but` left out."""
    profiles = there(view, {})
    used = {name for each in stack.NAMES for name in known(view, each).profiles}
    return {m for name in used - set(but) if name in profiles for m in profiles[name].modules()}
