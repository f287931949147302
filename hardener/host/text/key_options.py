"""The options of a key: what may be done with it (sshd(8), AUTHORIZED_KEYS FILE FORMAT).

sshd passes over a line with one that it does not know, so that the key lets nobody in.
"""

import re

from hardener.host.errors import StepError
from hardener.host.nearest import nearest

ALONE = (
    "agent-forwarding",
    "cert-authority",
    "no-agent-forwarding",
    "no-port-forwarding",
    "no-pty",
    "no-touch-required",
    "no-user-rc",
    "no-x11-forwarding",
    "port-forwarding",
    "pty",
    "restrict",
    "user-rc",
    "verify-required",
    "x11-forwarding",
)
VALUED = (
    "command",
    "environment",
    "expiry-time",
    "from",
    "permitlisten",
    "permitopen",
    "principals",
    "tunnel",
)
OPTION = re.compile(r'([A-Za-z0-9-]+)(="((?:\\"|\\(?!")|[^"\\])*)")?(,|\Z)')
TIME = re.compile(r"\d{8}(\d{4}(\d{2})?)?Z?\Z")


def check(text):
    """Raise StepError where sshd would not take these options of one key; text as it stands in its line."""
    at = 0
    while at < len(text):
        found = OPTION.match(text, at)
        if not found or (found.end() == len(text) and found.group(4) == ","):
            raise StepError(
                "the options of a key can't be read from here on: %s" % text[at:],
                hint='a comma between two, no blank, a value in quotes: from="10.0.0.0/8",no-pty',
            )
        one(found.group(1), found.group(3))
        at = found.end()


def one(name, value):
    """Judge one option; `value` None where it has none."""
    known = VALUED if value is not None else ALONE
    if name.lower() in known:
        if name.lower() == "expiry-time" and not TIME.match(value):
            raise StepError("expiry-time is %s" % value, hint="such as 20271231 or 202712311200")
        return
    if name.lower() in ALONE + VALUED:
        raise StepError(
            "the option %s of a key %s"
            % (name, "has no value" if name.lower() in ALONE else 'needs one, as in from="…"')
        )
    near = nearest(name.lower(), ALONE + VALUED)
    raise StepError(
        "sshd knows no option %s of a key" % name, hint="did you mean %s?" % near if near else ""
    )
