"""Find templates and conditions that Jinja cannot read, before any host is asked for facts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hardener.dataclass import replace
from hardener.errors import Problem
from hardener.inventory.marked import Unsafe, Vaulted
from hardener.playbook.marks import Document, Path, Place
from hardener.playbook.nearest import did_you_mean
from hardener.playbook.references import texts
from hardener.render import simple

if TYPE_CHECKING:
    from jinja2 import nodes

CONDITIONS = ("when", "changed_when", "failed_when", "until")
UNREADABLE = "this template cannot be read"


def has_template(value: object) -> bool:
    """Tell whether a value is known only after rendering or decryption."""
    if isinstance(value, Vaulted):
        return True
    if not isinstance(value, str) or isinstance(value, Unsafe):
        return False
    return "{{" in value or "{%" in value or "{#" in value


def is_final(data: object) -> bool:
    """Tell whether nested data holds nothing but plain values: rendering leaves it as it is."""
    if type(data) is str:
        return not has_template(data)
    if type(data) is dict:
        return all(map(is_final, data.values()))
    if type(data) is list:
        return all(map(is_final, data))
    return type(data) in (int, bool)


def template_problems(document: Document) -> Iterator[Problem]:
    """Yield the templates of a document that are no Jinja, each at its place."""
    yield from _below(document, document.data, ())


def is_secret(step: Any) -> bool:
    """Tell whether a step says `no_log`; where that is a template, it is taken to say so."""
    return isinstance(step, dict) and step.get("no_log") not in (None, False)


def without_source(problem: Problem) -> Problem:
    """Show no line of a step that says `no_log`."""
    return replace(problem, source="")


def _below(document: Document, data: Any, path: Path) -> Iterator[Problem]:
    found = _inside(document, data, path)
    yield from map(without_source, found) if is_secret(data) else found


def _inside(document: Document, data: Any, path: Path) -> Iterator[Problem]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _below(document, value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            if not is_final(value):  # most steps are, and need no look at each part's place
                yield from _below(document, value, (*path, index))
    elif has_template(data) and isinstance(data, str):
        yield from _problems(document, path, unreadable(data))


def condition_problems(value: Any, place: Place) -> Iterator[Problem]:
    """Yield the conditions below a key of a step that are no expressions of Jinja."""
    for index, text in enumerate(texts(value)):
        inner = place / index if isinstance(value, list) else place
        if "{{" not in text and "{%" not in text:
            yield from _problems(inner.document, inner.path, _condition(text))


def _problems(
    document: Document, path: Path, found: tuple[int, str, str] | None
) -> Iterator[Problem]:
    if found:
        line, what, hint = found
        yield document.problem(path, what, hint, line=line)


Found = tuple[int, str, str] | None
"""Line within the text, from 1; what; hint."""


@lru_cache(maxsize=20_000)
def unreadable(text: str) -> Found:
    """Say where and why a template cannot be read, if so.

    Parse only: to compile takes ten times as long, and finds no more than unknown names.
    """
    if simple.is_readable(text):
        return None
    from jinja2 import TemplateSyntaxError

    from hardener.render.environment import parsed

    try:
        tree = parsed(text)
    except TemplateSyntaxError as error:
        words = str(error.message).rstrip(".")
        for theirs, ours in OF_JINJA:
            words = words.replace(theirs, ours)
        hint = "write `==` to compare" if words.endswith("got '='") else ""
        return error.lineno, f"{UNREADABLE}: {words}", hint
    return _unknown(tree)


def _unknown(tree: nodes.Template) -> Found:
    """Find a filter or a test that there is not."""
    from jinja2 import nodes

    from hardener.render import absent
    from hardener.render.absent import plain_name
    from hardener.render.environment import VALUES

    for node in tree.find_all((nodes.Filter, nodes.Test)):
        kind, known, instead = (
            ("filter", VALUES.filters, absent.FILTERS)
            if isinstance(node, nodes.Filter)
            else ("test", VALUES.tests, absent.TESTS)
        )
        if node.name not in known:
            name = plain_name(node.name)
            shown = [each for each in known if "." not in each]
            what = f"there is no {kind} `{name}`"
            return node.lineno, what, instead.get(name) or did_you_mean(name, shown)
    return None


@lru_cache(maxsize=20_000)
def _condition(text: str) -> Found:
    if simple.is_condition(text):
        return None
    from jinja2 import TemplateSyntaxError

    from hardener.render.environment import parsed_condition

    try:
        found = _unknown(parsed_condition(text))
    except TemplateSyntaxError:  # of a whole tag jinja tells in better words what is wrong
        found = unreadable("{% if " + text + " %}{% endif %}")
    if found is None:
        return None
    _, what, hint = found
    for theirs, ours in OF_CONDITION:
        what = what.replace(theirs, ours)
    return 1, what, hint


OF_JINJA = (
    ("'end of print statement'", "`}}`"),
    ("'end of statement block'", "`%}`"),
    ("expected token ", "expected "),
    ("Expected an", "expected an"),
)
OF_CONDITION = (
    (UNREADABLE, "this condition cannot be read"),
    ("unexpected `%}`", "it ends too early"),
    ("`%}`", "its end"),
)
