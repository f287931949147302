"""Which variables a template needs, without rendering it; jinja2 is loaded by the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hardener.inventory.marked import Opened, Unsafe


def names_in(data: object) -> frozenset[str]:
    """Name the variables that the templates in nested data use directly."""
    return frozenset(name for text in _templates(data) for name in _names("value_names", text))


def _templates(data: object) -> list[str]:
    """List the texts in nested data that hold a template."""
    found: list[str] = []
    pending = [data]
    while pending:
        each = pending.pop()
        if each is None:
            continue
        if isinstance(each, str):
            if ("{{" in each or "{%" in each) and not isinstance(each, Unsafe):
                found.append(each)
        elif isinstance(each, Opened):
            pending.append(each.value)
        elif isinstance(each, Mapping):
            pending.extend(each.values())
        elif isinstance(each, (list, tuple)):
            pending.extend(each)
    return found


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
