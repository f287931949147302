"""Filters over times and identities made of text."""

from __future__ import annotations

import time
import uuid
from datetime import datetime

from jinja2.exceptions import FilterArgumentError

ANSIBLE = uuid.UUID("361E6D51-FAEC-444A-9079-341386DA8E2E")
"""The namespace in which Ansible makes them."""


def strftime(form: str, second: object = None, utc: bool = False) -> str:
    """Print a time (seconds since 1970); not «now», by which every run would change the host."""
    if second is None:
        raise FilterArgumentError(
            "strftime without a time gives something else at every run: give it the seconds"
        )
    when = float(str(second))
    return time.strftime(form, time.gmtime(when) if utc else time.localtime(when))


def to_datetime(text: str, form: str = "%Y-%m-%d %H:%M:%S") -> datetime:
    """Read a time; the difference of two has `days` and `total_seconds()`."""
    return datetime.strptime(text, form)  # noqa: DTZ007 - as Ansible: no zone


def to_uuid(text: str, namespace: str | uuid.UUID = ANSIBLE) -> str:
    """Make a UUID of a text, the same each time."""
    inside = namespace if isinstance(namespace, uuid.UUID) else uuid.UUID(namespace)
    return str(uuid.uuid5(inside, text))
