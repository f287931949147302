"""Sizes as people write them: `512M`, `2G`, `1.5GiB`, `50%`, or bytes."""

import re

from hardener.host.errors import StepError

UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
SIZE = re.compile(r"\A([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(?:iB)?|(%))?\Z")


def parse(text, whole=None):
    """Return bytes; units are powers of 1024, a percentage is of `whole`."""
    match = SIZE.match(str(text).strip())
    if not match:
        raise StepError("%r is no size" % (text,), hint="write 512M, 2G, 50% or bytes")
    number, unit, percent = float(match.group(1)), match.group(2) or "", match.group(3)
    if not percent:
        return int(number * (1 << UNITS[unit]))
    if not whole:
        raise StepError(
            "%s of what? The whole is not known here" % text, hint="give a fixed size, such as 2G"
        )
    return int(whole * number / 100)


def shown(size):
    """Return bytes as people read them."""
    for unit in "TGMK":
        if size >= 1 << UNITS[unit]:
            return "%.4g %siB" % (size / float(1 << UNITS[unit]), unit)
    return "%d bytes" % size
