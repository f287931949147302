"""Render values, conditions and template files with the variables of one host.

jinja2 is loaded by the first template: to find the way in to a host seldom needs one, and while
a host is waited for there is time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from hardener.dataclass import replace
from hardener.errors import HardenerError
from hardener.hiding import hide
from hardener.inventory.marked import Opened, Unsafe, Vaulted
from hardener.inventory.placed import Where, merged
from hardener.render.errors import RenderError
from hardener.render.needs import names_in, names_in_condition
from hardener.render.plain import OMIT, plain
from hardener.render.scope import Scope, Variables
from hardener.render.secrecy import used, watching


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
        own = {"lookup": self._lookup, "query": partial(self._lookup, wantlist=True)}
        self.search, self.allow_pipe = tuple(search), allow_pipe
        self.variables = Variables(
            {"q": own["query"], **given.given, **own},
            given.literal | own.keys() | ({"q"} - given.given.keys()),
            given.origins,
            given.secret,
            given.later,
        )
        self.scope = Scope(self.variables, self)

    def extended(
        self,
        more: Mapping[str, object],
        *,
        literal: bool = False,
        secret: Iterable[str] = (),
        search: Sequence[Path] = (),
    ) -> Renderer:
        """Make a renderer with more variables; `literal` ones hold no templates (loop items).

        `secret` names those of them that were made of what came out of a vault. Files are looked
        for in the folders of `search` first.
        """
        names = frozenset(more)
        kept = self.variables.literal - names
        given = merged(self.variables, more)
        variables = Variables(
            given, kept | names if literal else kept, given.origins,
            (self.variables.secret - names) | names.intersection(secret), self.variables.later,
        )  # fmt: skip
        return Renderer(variables, (*search, *self.search), allow_pipe=self.allow_pipe)

    def expecting(self, names: Iterable[str]) -> Renderer:
        """Make a renderer that knows which names will be there later: results of steps."""
        variables = replace(self.variables, later=frozenset(names))
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
        if isinstance(data, Opened):
            return self._opened(data, where, path)
        if isinstance(data, Vaulted):
            with self._placed(where, path):
                return plain(data)
        return data

    def _opened(self, data: Opened, where: Where, path: tuple[str | int, ...]) -> object:
        value = self._value(data.value, where, path)
        used()
        hide(value)
        return value

    def _lookup(self, kind: str, *terms: Any, **options: Any) -> object:
        from hardener.render.lookups import lookup

        return lookup(self, kind, *terms, **options)

    def _text(self, text: str, where: Where, path: tuple[str | int, ...]) -> object:
        # `{#` alone is left as it is: `${#name}` is everyday shell, and a comment needs no template.
        if ("{{" not in text and "{%" not in text) or isinstance(text, Unsafe):
            return text
        from hardener.render import environment

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
                raise _not_boolean(expr, value)
            return value

    def _decide(self, expr: object) -> object:
        if not isinstance(expr, str):
            raise _not_boolean(expr, expr)
        if "{{" in expr or "{%" in expr:
            hint = "a condition is an expression already: write it without the braces"
            raise RenderError(f"a condition holds braces: {expr}", hint=hint)
        from hardener.render import environment

        return plain(environment.condition(expr)(self.scope))

    def template(
        self, path: Path | str, extra: Mapping[str, object] | None = None, where: str = ""
    ) -> str:
        """Render a file; errors name its line, `where` the step that asked for it."""
        from hardener.render import files
        from hardener.render.environment import SCOPE
        from hardener.render.lookups import find

        with self._placed(where or str(path), ()):
            found = find(str(path), self.search)
            scope = self.extended(extra).scope if extra else self.scope
            template = files.environment(self.search).get_template(str(found))
            return files.whole(found, template.render({SCOPE: scope}))

    def needs(self, data: object) -> frozenset[str]:
        """Name the variables that the data depends on, through other variables too."""
        return self._through(names_in(data))

    def needs_condition(self, expr: object) -> frozenset[str]:
        """Name the variables that a condition depends on, through other variables too."""
        return self._through(names_in_condition(expr))

    def needs_template(self, path: Path | str) -> frozenset[str]:
        """Name the variables that a template file and those it includes depend on."""
        from hardener.render import files
        from hardener.render.lookups import find

        return self._through(files.names(find(str(path), self.search), self.search))

    def _through(self, names: frozenset[str]) -> frozenset[str]:
        if not names:
            return names
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
        seen = watching()
        try:
            with seen:
                yield
        except HardenerError as error:
            place = where if isinstance(where, str) else where(*path)
            if not error.where:
                error.where = place
            elif place and error.where != place and not error.why:
                error.why = f"needed by {place}"
            raise
        except Exception as error:
            from hardener.render.explain import explain

            place = where if isinstance(where, str) else where(*path)
            names = {*self.variables, *self.variables.later}
            raise explain(error, place, names, secret=seen.secret) from error


def _not_boolean(expr: object, value: object) -> RenderError:
    from hardener.render.explain import not_boolean

    return not_boolean(expr, value)
