"""Variables that know where they were given, for errors in them."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

Where = str | Callable[..., str]
"""`file:line:column` of a value, or what tells it of each part of the value by its keys."""


class Placed(dict[str, Any]):
    """Variables with the places where they were given: `origins`."""

    def __init__(self, given: Mapping[str, Any], origins: Mapping[str, Where]) -> None:
        super().__init__(given)
        self.origins = origins


def merged(*layers: Mapping[str, Any]) -> Placed:
    """Put variables together, of which later ones win, and keep the places of those that know them."""
    filled = [layer for layer in layers if layer]
    if len(filled) == 1 and isinstance(filled[0], Placed):
        return filled[0]
    given: dict[str, Any] = {}
    origins: dict[str, Where] = {}
    for layer in filled:
        given |= layer
        origins = {name: where for name, where in origins.items() if name not in layer}
        origins |= getattr(layer, "origins", {})
    return Placed(given, origins)


def without(variables: Mapping[str, Any], names: Container[str]) -> Placed:
    """Leave some variables out."""
    given = {name: value for name, value in variables.items() if name not in names}
    origins = getattr(variables, "origins", {})
    return Placed(given, {name: where for name, where in origins.items() if name in given})
