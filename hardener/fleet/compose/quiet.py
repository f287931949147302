"""What may be told of an error where a secret is worked with: its place, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from jinja2.runtime import missing

from hardener.errors import SECRET, HardenerError, PlaybookError, Problem, SecretError
from hardener.render.secrecy import watching
from hardener.render.undefined import UnknownName

HIDDEN = "what is wrong here is hidden: it may tell a secret"


@contextmanager
def quiet(secret: bool) -> Iterator[watching]:
    """Let an error out without its words, if what is done within is secret or uses a vault."""
    with watching() as seen:
        try:
            yield seen
        except Exception as error:
            if not (secret or seen.secret) or tells_no_value(error):
                raise
            raise silenced(error) from None


def silenced(error: Exception) -> Exception:
    """Return an error of the same sort and place; a bug keeps its traceback, which holds code only."""
    if isinstance(error, PlaybookError):
        return PlaybookError([Problem(p.file, p.line, p.column, HIDDEN) for p in error.problems])
    if isinstance(error, HardenerError):
        return HardenerError(HIDDEN, where=error.where)
    return RuntimeError(f"{type(error).__name__}: {HIDDEN}").with_traceback(error.__traceback__)


def tells_no_value(error: Exception) -> bool:
    """Tell whether it is about a variable that nobody defines, or a vault that stays closed."""
    cause = error.__cause__
    undefined = isinstance(cause, UnknownName) and cause.obj is missing
    return undefined or isinstance(error, SecretError)


def is_secret(names: Iterable[str]) -> bool:
    """Tell whether one of these variables is named as secrets are."""
    return any(re.search(SECRET + "$", name) for name in names)
