"""Read values that templates gave, or `-e` as text: booleans, numbers, names, environments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from hardener.errors import HardenerError
from hardener.playbook.model import Play, Step
from hardener.render import Renderer

ON_FAILURE = ("keep", "rollback_host", "rollback_batch", "rollback_all")  # the further, the later


def flag(value: object, where: str) -> bool:
    """Read a boolean, which may have come as text by -e."""
    if isinstance(value, bool):
        return value
    from jinja2.exceptions import FilterArgumentError

    from hardener.render.filters.scalars import to_bool

    try:
        return to_bool(value)
    except FilterArgumentError as error:
        raise HardenerError(str(error), where=where) from error


def own(step: Step, key: str, renderer: Renderer) -> Any:
    """Render one of a step's own keys; its place is looked up where that fails."""
    value = getattr(step, key)
    if value is None or isinstance(value, bool | int):
        return value
    return renderer.value(value, partial(step.place.at, key))


def own_flag(step: Step, key: str, renderer: Renderer) -> bool:
    value = own(step, key, renderer)
    return value if isinstance(value, bool) else flag(value, step.place.at(key))


def number(value: object, where: str) -> float:
    try:
        return float(str(value).removesuffix("%"))
    except ValueError as error:
        raise HardenerError(f"{value!r} is no number", where=where) from error


def size(value: object, where: str) -> str:
    """Check one size of a batch: a number of hosts, or a share such as 30%."""
    if not re.fullmatch(r"[1-9]\d*|\d+(\.\d+)?%", str(value)):
        what = f"{value!r} is no size of a batch: a number of hosts, or a share such as 30%"
        raise HardenerError(what, where=where)
    return str(value)


def on_failure(value: object, where: str) -> str:
    if value not in ON_FAILURE:
        known = ", ".join(ON_FAILURE)
        raise HardenerError(f"{value!r} is no word of `on_failure`: {known}", where=where)
    return str(value)


def strategy(value: object, where: str) -> str:
    if value not in ("free", "linear"):
        raise HardenerError(f"{value!r} is no strategy: free or linear", where=where)
    return str(value)


def notified(step: Step, renderer: Renderer) -> list[str]:
    """Return the handlers that a step notifies, by name."""
    return [str(renderer.value(name, step.place.at("notify"))) for name in step.notify]


def may_notify(step: Step) -> dict[str, list[str]]:
    """Name these handlers as far as that needs no result, for a step which only the apply will know."""
    names = [name for name in step.notify if "{{" not in name]
    return {"notify": names} if names else {}


def environment_of(
    play: Play, step: Step, own: Mapping[str, Any], renderer: Renderer
) -> dict[str, Any]:
    """Return the environment of a step's commands: the play's, that of what is around it, its own."""
    layers = [(each, play.place / "environment") for each in play.environment]
    layers += [(each, step.place / "environment") for each in step.environment]
    found: dict[str, Any] = {}
    for given, place in (*layers, (own, step.params_place / "environment")):
        rendered = renderer.value(given, place.at)
        if not isinstance(rendered, dict):
            what = "`environment` gives no mapping of names and values"
            raise HardenerError(what, where=place.at(), hint="environment: {NAME: value}")
        found |= rendered
    return found
