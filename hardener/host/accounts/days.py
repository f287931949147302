"""Days as shadow(5) counts them: since the first of 1970, in UTC."""

import datetime as dt

from hardener.host.errors import StepError

EPOCH = dt.date(1970, 1, 1)


def number(text):
    """Return the day of `2026-12-31`."""
    try:
        return (dt.date(*map(int, text.split("-"))) - EPOCH).days
    except ValueError:
        raise StepError("%s is no date" % text, hint="write it as 2026-12-31")
