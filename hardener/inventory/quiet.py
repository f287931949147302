"""Mistakes in what was in a vault: where they are, but nothing of what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hardener.errors import PlaybookError, Problem


@contextmanager
def quiet(secret: bool) -> Iterator[None]:
    """Take the words out of what is raised within, if it is about something secret."""
    try:
        yield
    except PlaybookError as error:
        if not secret:
            raise
        raise PlaybookError(list(map(hushed, error.problems))) from None


def hushed(problem: Problem) -> Problem:
    """Return a mistake without its words and without its line, which both may hold a secret."""
    what = "what stands here does not fit, and is not shown, since the file is in a vault"
    hint = f"`harden vault edit {problem.file}` shows it to you"
    return Problem(problem.file, problem.line, problem.column, what, hint)
