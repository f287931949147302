"""What a look ahead may find: a clear no, or nothing that can be said."""

from hardener.host.errors import HostError
from hardener.host.typed import NamedTuple


class No(NamedTuple):
    """The planned host would not let them in: what is in the way, and what to write instead.

    `word` is one that stands in the file that says so, `path` that file where it is known.
    """

    what: str
    hint: str = ""
    why: str = ""
    word: str = ""
    path: str = ""


class Unasked(HostError):
    """It can't be asked here; only the guard will find out."""
