"""Render values, conditions and template files with the variables of one host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError

from hardener.errors import HardenerError
from hardener.inventory.marked import Unsafe, Vaulted
from hardener.inventory.nearest import did_you_mean
from hardener.render import environment, files
from hardener.render.environment import SCOPE, VALUES
from hardener.render.errors import RenderError
from hardener.render.lookups import find, lookup
from hardener.render.plain import OMIT, plain
from hardener.render.scope import Scope, Variables
from hardener.render.undefined import UnknownName

Where = str | Callable[..., str]


class Renderer:
    """Variables, and the folders in which template files and lookups are found.

    A plain mapping of variables is rendered throughout; see `Variables` for what must not be.
    """

    def __init__(
        self,
        variables: Mapping[str, object],
        search: Sequence[Path] = (),
        *,
        allow_pipe: bool = False,
    ) -> None:
        given = variables if isinstance(variables, Variables) else Variables(variables)
        own = {"lookup": partial(lookup, self), "query": partial(lookup, self, wantlist=True)}
        self.search, self.allow_pipe = tuple(search), allow_pipe
        self.variables = Variables(
            {**given.given, **own}, given.literal | own.keys(), given.origins
        )
        self.scope = Scope(self.variables, self)

    def extended(self, more: Mapping[str, object], *, literal: bool = False) -> Renderer:
        """Make a renderer with more variables; `literal` ones hold no templates (loop items)."""
        names = frozenset(more)
        kept = self.variables.literal - names
        variables = Variables(
            {**self.variables.given, **more}, kept | names if literal else kept,
            self.variables.origins,
        )  # fmt: skip
        return Renderer(variables, self.search, allow_pipe=self.allow_pipe)

    def value(self, data: object, where: Where = "") -> object:
        """Render all text in nested dicts and lists; `{{ x }}` alone keeps the type of x.

        `where` is the place of the data, or a function that takes a path in the data (`*keys`).
        """
        return self._value(data, where, ())

    def _value(self, data: object, where: Where, path: tuple[str | int, ...]) -> object:
        if isinstance(data, str):
            return self._text(data, where, path)
        if isinstance(data, Mapping):
            items = ((key, self._value(each, where, (*path, key))) for key, each in data.items())
            return {key: each for key, each in items if each is not OMIT}
        if isinstance(data, (list, tuple)):
            all_ = (self._value(each, where, (*path, index)) for index, each in enumerate(data))
            return [each for each in all_ if each is not OMIT]
        if isinstance(data, Vaulted):
            with self._placed(where, path):
                return plain(data)
        return data

    def _text(self, text: str, where: Where, path: tuple[str | int, ...]) -> object:
        if ("{{" not in text and "{%" not in text and "{#" not in text) or isinstance(text, Unsafe):
            return text
        with self._placed(where, path):
            return plain(environment.value(text)(self.scope))

    def condition(self, expr: object, where: Where = "") -> bool:
        """Decide a `when`; a list means that all must hold, decided from the first on."""
        if isinstance(expr, list):
            return all(self._condition(each, where, (index,)) for index, each in enumerate(expr))
        return self._condition(expr, where, ())

    def _condition(self, expr: object, where: Where, path: tuple[str | int, ...]) -> bool:
        with self._placed(where, path):
            value = expr if isinstance(expr, bool) else self._decide(expr)
            if not isinstance(value, bool):
                raise not_boolean(expr, value)
            return value

    def _decide(self, expr: object) -> object:
        if not isinstance(expr, str):
            raise not_boolean(expr, expr)
        if "{{" in expr or "{%" in expr:
            hint = "a condition is an expression already: write it without the braces"
            raise RenderError(f"a condition holds braces: {expr}", hint=hint)
        return plain(environment.condition(expr)(self.scope))

    def template(
        self, path: Path | str, extra: Mapping[str, object] | None = None, where: str = ""
    ) -> str:
        """Render a file; errors name its line, `where` the step that asked for it."""
        with self._placed(where or str(path), ()):
            found = find(str(path), self.search)
            scope = self.extended(extra).scope if extra else self.scope
            template = files.environment(self.search).get_template(str(found))
            return template.render({SCOPE: scope})

    def needs(self, data: object) -> frozenset[str]:
        """Name the variables that the data depends on, through other variables too."""
        return self._through(names_in(data))

    def needs_condition(self, expr: object) -> frozenset[str]:
        """Name the variables that a condition depends on, through other variables too."""
        return self._through(names_in_condition(expr))

    def needs_template(self, path: Path | str) -> frozenset[str]:
        """Name the variables that a template file and those it includes depend on."""
        return self._through(files.names(find(str(path), self.search), self.search))

    def _through(self, names: frozenset[str]) -> frozenset[str]:
        found: set[str] = set()
        pending = set(names)
        while pending:
            name = pending.pop()
            found.add(name)
            if name not in self.variables.literal:
                pending |= names_in(self.variables.given.get(name)) - found
        return frozenset(found)

    @contextmanager
    def _placed(self, where: Where, path: tuple[str | int, ...]) -> Iterator[None]:
        """Turn whatever a template raises into a RenderError with its place."""
        try:
            yield
        except HardenerError as error:
            place = where if isinstance(where, str) else where(*path)
            if not error.where:
                error.where = place
            elif error.where != place and not error.why:
                error.why = f"needed by {place}"
            raise
        except Exception as error:
            place = where if isinstance(where, str) else where(*path)
            raise self._explain(error, place) from error

    def _explain(self, error: Exception, place: str) -> RenderError:
        own = files.place(error)
        why = f"needed by {place}" if own and place and not own.startswith(place) else ""
        if isinstance(error, UnknownName):
            what, hint = str(error.message), error.hint(self.variables)
        elif isinstance(error, TemplateSyntaxError):
            what, hint = _syntax(error)
        elif isinstance(error, TemplateError):
            what, hint = str(error), ""
        else:
            what, hint = f"{type(error).__name__}: {error}", ""
        return RenderError(what, where=own or place, why=why, hint=hint)


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


def names_in(data: object) -> frozenset[str]:
    """Name the variables that the templates in nested data use directly."""
    if isinstance(data, str):
        if isinstance(data, Unsafe) or ("{{" not in data and "{%" not in data):
            return frozenset()
        return _names(environment.value_names, data)
    if isinstance(data, Mapping):
        return frozenset().union(*(names_in(each) for each in data.values()))
    if isinstance(data, (list, tuple)):
        return frozenset().union(*(names_in(each) for each in data))
    return frozenset()


def names_in_condition(expr: object) -> frozenset[str]:
    """Name the variables that a condition (or a list of them) uses directly."""
    if isinstance(expr, list):
        return frozenset().union(*(names_in_condition(each) for each in expr))
    return _names(environment.condition_names, expr) if isinstance(expr, str) else frozenset()


def _names(find_names: Callable[[str], frozenset[str]], source: str) -> frozenset[str]:
    try:
        return find_names(source)
    except TemplateError:
        return frozenset()  # it is reported, with its place, when it is rendered
