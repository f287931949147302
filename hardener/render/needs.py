"""Which variables a template needs, without rendering it; jinja2 is loaded by the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hardener.inventory.marked import Opened, Unsafe


def names_in(data: object) -> frozenset[str]:
    """Name the variables that the templates in nested data use directly."""
    if isinstance(data, str):
        if isinstance(data, Unsafe) or ("{{" not in data and "{%" not in data):
            return frozenset()
        return _names("value_names", data)
    if isinstance(data, Opened):
        return names_in(data.value)
    if isinstance(data, Mapping):
        return frozenset().union(*(names_in(each) for each in data.values()))
    if isinstance(data, (list, tuple)):
        return frozenset().union(*(names_in(each) for each in data))
    return frozenset()


def names_in_condition(expr: object) -> frozenset[str]:
    """Name the variables that a condition (or a list of them) uses directly."""
    if isinstance(expr, list):
        return frozenset().union(*(names_in_condition(each) for each in expr))
    return _names("condition_names", expr) if isinstance(expr, str) else frozenset()


def names_asked_for(expr: object) -> frozenset[str]:
    """Name the variables without which a condition fails; none where it asks whether they are there."""
    return _names("condition_asks", expr) if isinstance(expr, str) else frozenset()


def _names(question: str, source: str) -> frozenset[str]:
    """Ask render/environment.py one of its questions about a template."""
    from jinja2 import TemplateError

    from hardener.render import environment

    find: Callable[[str], frozenset[str]] = getattr(environment, question)
    try:
        return find(source)
    except TemplateError:
        return frozenset()  # it is reported, with its place, when it is rendered
