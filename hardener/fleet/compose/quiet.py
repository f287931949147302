"""What may be told of an error where a secret is worked with: its place, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from hardener.errors import SECRET, HardenerError, PlaybookError, Problem, SecretError, Spot
from hardener.fleet.compose.values import own_flag
from hardener.playbook.model import Step
from hardener.render import Renderer
from hardener.render.secrecy import watching

HIDDEN = "what is wrong here is hidden: it may tell a secret"


@contextmanager
def quiet(secret: bool) -> Iterator[watching]:
    """Let an error out without its words, if what is done within is secret or uses a vault."""
    with watching() as seen:
        try:
            yield seen
        except Exception as error:
            if not (secret or seen.secret):
                raise
            if isinstance(error, HardenerError):
                error.where = placed(error)
            if tells_no_value(error):
                raise
            raise silenced(error) from None


def placed(error: HardenerError) -> str:
    """Return where it is, without the line that stands there."""
    return error.where.plain() if isinstance(error.where, Spot) else error.where


def silenced(error: Exception) -> Exception:
    """Return an error of the same sort and place; a bug keeps its traceback, which holds code only."""
    if isinstance(error, PlaybookError):
        return PlaybookError([Problem(p.file, p.line, p.column, HIDDEN) for p in error.problems])
    if isinstance(error, HardenerError):
        return HardenerError(HIDDEN, where=error.where)
    return RuntimeError(f"{type(error).__name__}: {HIDDEN}").with_traceback(error.__traceback__)


def tells_no_value(error: Exception) -> bool:
    """Tell whether it is about a variable that nobody defines, or a vault that stays closed."""
    from jinja2.runtime import missing

    from hardener.render.undefined import UnknownName

    cause = error.__cause__
    undefined = isinstance(cause, UnknownName) and cause.obj is missing
    return undefined or isinstance(error, SecretError)


def uses_secrets(step: Step, renderer: Renderer) -> bool:
    """Does it use a variable with the name of a secret? Then its errors tell no values either."""
    return step.secret or is_secret(renderer.needs(used_by(step)))


def used_by(step: Step) -> list[Any]:
    """Return what a step works with, as far as a host's variables decide it."""
    return [None if step.final else step.params, step.loop, *step.environment]


def says_no_log(step: Step, renderer: Renderer) -> bool:
    """Does the step say so? What can't be made out counts as yes, and is an error later on."""
    try:
        return own_flag(step, "no_log", renderer)
    except HardenerError:
        return True


def is_secret(names: Iterable[str]) -> bool:
    """Tell whether one of these variables is named as secrets are."""
    return any(re.search(SECRET + "$", name) for name in names)
