"""A plan that holds: the changes of a play as digests, and whether a host would still make just these.

A digest tells nothing of a state but whether it is the same; what `no_log` hides could be
guessed at, so its digest is a slow one.
"""

import hashlib
import json

from hardener.host.errors import Refused
from hardener.host.record import codec

SLOW = 200000  # rounds for what is secret: a tenth of a second a guess


def compare(wish, number, changes, report):
    """Tell what play `number` would do, or refuse (Refused) where that is not what was planned.

    `wish` is the controller's: {"salt": text} for a new plan, and {"salt", "changes"} for one that
    is to be carried out; None where nobody has planned anything.
    """
    if not wish:
        return
    found = [digested(change, wish["salt"]) for change in changes]
    if "changes" not in wish:
        report({"event": "plan", "play": number, "changes": found})
    elif found != wish["changes"]:
        raise Refused(
            "this host is not as it was when the plan was made",
            why="\n".join(differences(wish["changes"], found)),
            hint="make a new plan: nothing was changed",
        )


def digested(change, salt):
    """Return one change as data for a plan."""
    return {
        "resource": str(change.resource),
        "action": change.action,
        "before": digest(change.before, salt, change.secret),
        "after": digest(change.after, salt, change.secret),
    }


def digest(state, salt, secret=False):
    data = json.dumps(codec.encode(state), sort_keys=True).encode("ascii")
    rounds = SLOW if secret else 1
    return hashlib.pbkdf2_hmac("sha256", data, salt.encode("ascii"), rounds).hex()


def differences(planned, found):
    """Return a line for each resource of which the plan said something else."""
    before, now = ({}, {})
    for table, changes in ((before, planned), (now, found)):
        for change in changes:
            table.setdefault(change["resource"], []).append(change)
    lines = [
        "%s: %s" % (resource, word(before.get(resource), now.get(resource)))
        for resource in sorted(set(before) | set(now))
        if before.get(resource) != now.get(resource)
    ]
    return lines or ["the same changes in another order"]


def word(planned, found):
    if not planned:
        return "would be changed too (%s)" % found[0]["action"]
    if not found:
        return "is no longer to be changed (planned: %s)" % planned[0]["action"]
    if planned[0]["before"] != found[0]["before"]:
        return "has changed since"
    return "would become something else"
