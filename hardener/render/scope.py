"""Variables of one host: as given, and as rendered on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hardener.dataclass import dataclass, field
from hardener.errors import SecretError
from hardener.inventory.placed import Where
from hardener.render.errors import CircleError
from hardener.render.secrecy import used, watching

if TYPE_CHECKING:
    from hardener.render.renderer import Renderer


@dataclass(frozen=True)
class Variables(Mapping[str, object]):
    """Variables as given.

    `literal` names those that are never rendered: what a host said of itself (facts, results)
    must not run as a template here, whatever braces it holds. `origins` tells where the others
    were given. `secret` names those that are secret although they are not in a vault themselves,
    `later` those that will be there: results of steps.
    """

    given: Mapping[str, object]
    literal: frozenset[str] = frozenset()
    origins: Mapping[str, Where] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> object:
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


class Scope(Mapping[str, object]):
    """Variables as templates see them: each is rendered when first asked for, then kept."""

    called = "the variables of a host"

    def __init__(self, variables: Variables, renderer: Renderer) -> None:
        self._variables, self._renderer = variables, renderer
        self._known: dict[str, object] = {}
        self._secret = set(variables.secret)
        self._open: list[str] = []

    def __getitem__(self, name: str) -> object:
        if name not in self._known:
            with watching() as seen:
                self._known[name] = self._render(name)
            if seen.secret:
                self._secret.add(name)
        if name in self._secret:
            used()
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._variables.given

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables.given)

    def __len__(self) -> int:
        return len(self._variables.given)

    def _render(self, name: str) -> object:
        value = self._variables.given[name]
        if name in self._variables.literal:
            return value
        where = self._variables.origins.get(name, f"variable {name}")
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            place = where if isinstance(where, str) else where()
            raise CircleError(f"variables refer to each other in a circle: {circle}", where=place)
        self._open.append(name)
        try:
            return self._renderer.value(value, where)
        except SecretError as error:
            if not error.of:
                error.of, error.what = name, f"{name}: {error.what}"
            raise
        finally:
            self._open.pop()
