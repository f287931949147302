"""Say in a person's words what went wrong in a template."""

from __future__ import annotations

from collections.abc import Iterable

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from hardener.errors import Spot
from hardener.inventory.nearest import did_you_mean
from hardener.render import environment, files
from hardener.render.environment import VALUES
from hardener.render.errors import RenderError
from hardener.render.undefined import UnknownName


def explain(
    error: Exception, place: str, names: Iterable[str], *, secret: bool = False
) -> RenderError:
    """Give an error its place and the nearest name; `names` are the variables there are.

    Where it is about something `secret`, only names are told: the words of filters hold values.
    """
    where = spotted(error, place, secret=secret)
    same = where.startswith(place.partition(":")[0])
    why = "" if same else f"needed by {place}"
    if isinstance(error, UnknownName):
        what, hint = str(error.message), error.hint(names)
    elif secret:
        what, hint = (
            f"{type(error).__name__}: what it says is hidden, since it is about a secret",
            "",
        )
    elif isinstance(error, TemplateSyntaxError):
        what, hint = _syntax(error)
    elif isinstance(error, TemplateNotFound):
        what, hint = f"no template {error.name!r}", ""
    elif isinstance(error, TemplateError):
        what, hint = str(error), ""
    else:
        what, hint = f"{type(error).__name__}: {error}", ""
    return RenderError(what, where=where, why=why, hint=hint)


def spotted(error: Exception, place: str, *, secret: bool) -> str:
    """Find in a template (a file, or the text at `place`) where it is wrong; of a secret no line is shown."""
    in_file = files.place(error)
    spot = in_file or place
    if not isinstance(spot, Spot):
        return spot
    word = str(error.name) if isinstance(error, UnknownName) else ""
    found = spot.within(1 if in_file else environment.line(error), word)
    return found.plain() if secret else found


def _syntax(error: TemplateSyntaxError) -> tuple[str, str]:
    """Find the nearest filter or test for «No filter named 'x'.»."""
    message = str(error.message)
    for kind, known in (("filter", VALUES.filters), ("test", VALUES.tests)):
        start = f"No {kind} named '"
        if message.startswith(start):
            return message, did_you_mean(message[len(start) : -2], known)
    return message, ""


def not_boolean(expr: object, value: object) -> RenderError:
    """Say what a condition gave instead of true or false, and what to write."""
    kinds = {str: "text", int: "a number", float: "a number", list: "a list", dict: "a mapping"}
    kind = kinds.get(type(value), "nothing (null)")
    hints = {
        str: f"write `{expr} | bool`, or compare: `{expr} == '…'`",
        int: f"compare: `{expr} != 0`",
        float: f"compare: `{expr} != 0`",
        list: f"write `{expr} | length > 0`",
        dict: f"write `{expr} | length > 0`",
    }
    hint = hints.get(type(value), f"write `{expr} is not none`")
    return RenderError(f"a condition must be true or false; `{expr}` gives {kind}", hint=hint)
