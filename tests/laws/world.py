"""What the laws need of a kind: a little host, states to want on it, and what others may do there."""

import itertools
import sys
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hypothesis.strategies import SearchStrategy
from sandbox import Sandbox, call
from tree import lay, listing

from hardener.host.door.system import System
from hardener.host.kinds import Kinds
from hardener.host.record.store import Store
from hardener.host.resource import Resource, Want

SECRET = "marker3141"


@dataclass(frozen=True)
class Meddling:
    """Somebody's own work on what a run has changed: `edit` does it, `related` if it is the same part."""

    wishes: list[Any]
    edit: Callable[[Any], None]
    related: bool


class World:
    """A host for the laws of one kind; a wish is what `want` makes a Want of."""

    kind: ClassVar[str]
    files: ClassVar[dict[str, Any]] = {}
    wishes: ClassVar[SearchStrategy[list[Any]]]  # done as one play
    first: ClassVar[SearchStrategy[list[Any]] | None] = (
        None  # what is there already; else any wishes
    )
    secret: ClassVar[list[Any]] = []  # wishes in which SECRET stands
    meddling: ClassVar[SearchStrategy[Meddling] | None] = None
    always_merged: ClassVar[str] = ""  # why nothing that others do to it can be a conflict
    live: ClassVar[bool] = False  # on this very machine, below `folder`; else an unbooted tree
    booted: ClassVar[bool] = False  # on a host of its own: tests/hosts/test_laws_booted.py
    without: ClassVar[dict[int, str]] = {}  # law → why it can't hold
    examples: ClassVar[int] = 12  # of a round; a third of it for deaths

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "host"
        self.root.mkdir()
        self.lay()

    def lay(self) -> None:
        lay(self.root, self.files)

    def close(self) -> None:
        """Take down what does not lie in the folder."""

    def want(self, wish: Any, view: Any) -> Want:
        """The want of a wish; the id may be made from `wish` alone."""
        id, state = wish
        return Want(Resource(self.kind, id), state)

    def look(self) -> dict[str, Any]:
        """All that has to be again as it was after a rollback."""
        return listing(self.root)

    def meaning(self) -> dict[str, Any]:
        """The same without what two equal hosts may differ in; for what others did meanwhile."""
        return self.look()

    def after_death(self) -> dict[str, Any]:
        """What has to be as it was although a write was killed."""
        return self.look()

    def asked(self, key: str, wishes: Iterable[Any]) -> bool:
        """May these wishes change this entry of `look()`?"""
        raise NotImplementedError

    # running

    def sandbox(self, watch: Callable[[str, str], None] | None = None, first: int = 0) -> Sandbox:
        made = Sandbox("/" if self.live else self.root, watch)
        if self.live:
            made.store = Store(made.system, str(self.folder / "state"))
        made._runs = first
        return made

    @property
    def state_folder(self) -> Path:
        return self.folder / "state" if self.live else self.root / "var/lib/hardener"

    def proof(self, wish: Any) -> tuple[Any, Any, Any]:
        """Return (canonical form of what is wanted, what a fresh reader finds, canonical form of that)."""
        system = System("/" if self.live else str(self.root))
        kinds = Kinds(system, Store(system, str(self.folder / "state") if self.live else None))
        kind, want = kinds[self.kind], self.want(wish, Fresh(kinds))
        id = want.resource.id
        found = kind.read([id])[id]
        return kind.canonical(id, want.state), found, kind.canonical(id, found)


class Fresh:
    """A view of the host as it is, for wishes that hang on what is there."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def read(self, resource: Resource) -> Any:
        return self._kinds.of(resource).read([resource.id])[resource.id]

    def ask(self, resource: Resource, question: Any) -> Any:
        return self._kinds.of(resource).ask(resource.id, question, self)


def play(world: World, wishes: list[Any], **flags: Any) -> dict[str, Any]:
    """A step that wants just these states."""
    return call("lawful", {"wishes": wishes, "want": world.want}, **flags)


def plan(params: Any, view: Any) -> Any:
    for wish in params["wishes"]:
        yield params["want"](wish, view)


def counting() -> tuple[list[tuple[str, str]], Callable[[str, str], None]]:
    """A list that grows with every write, and the `watch` that fills it."""
    seen: list[tuple[str, str]] = []
    return seen, lambda operation, path: seen.append((operation, path))


def spread(total: int, number: int, offset: int) -> list[int]:
    """Some numbers of 1…total, evenly apart."""
    pace = max(1, total // number)
    return list(itertools.islice(range(1 + offset % pace, total + 1, pace), number))


lawful = types.ModuleType("hardener.host.steps.lawful")
lawful.plan = plan  # type: ignore[attr-defined]
sys.modules[lawful.__name__] = lawful
