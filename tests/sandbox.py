"""A host in a folder: runs plays through the real engine and keeps the events."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardener.host import facts
from hardener.host.door.system import System
from hardener.host.run.engine import Engine


class Alone:
    """A controller for plays that need no answer."""

    def resolve(self, call: dict[str, Any], results: dict[str, Any]) -> list[dict[str, Any]]:
        raise AssertionError(f"nothing should be left to resolve: {call}")

    def judge(self, call: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError(f"nothing should be left to judge: {call}")


class Sandbox:
    """Plays and rollbacks on an unbooted tree (or, with root "/", on this very machine)."""

    def __init__(
        self, root: Path | str, watch: Callable[[str, str], None] | None = None, store: Any = None
    ) -> None:
        self.root = Path(root)
        self.system = System(str(root), watch)
        self.events: list[dict[str, Any]] = []
        self._runs = 0
        self.store = store

    def engine(self) -> Engine:
        return Engine(
            self.system, facts.gather(self.system), self.events.append, Alone(), self.store
        )

    def play(self, *steps: dict[str, Any], dry_run: bool = False, **more: Any) -> str:
        """Run these calls as one play; returns its status. `run` is kept as the newest id."""
        self._runs += 1
        self.run = f"run-{self._runs:03}"
        self.events.clear()
        play = {"number": 1, "name": "play", "steps": list(steps), **more}
        return self.engine().play(self.run, play, dry_run)

    def foretold(self, *steps: dict[str, Any]) -> list[str]:
        """Preview these calls, then play them; return what changed, which is what was said to."""
        assert self.play(*steps, dry_run=True) == "pending", self.errors()
        predicted = self.changes("preview")
        assert self.play(*steps) == "changed", self.errors()
        assert self.changes("apply") == predicted
        return predicted

    def rollback(
        self, run: str | None = None, dry_run: bool = False, force: tuple[str, ...] = ()
    ) -> str:
        self._runs += 1
        self.events.clear()
        return self.engine().rollback(run, f"run-{self._runs:03}", dry_run, force)

    def changes(self, stage: str) -> list[str]:
        """Return `action kind:id` of every change of the last play in this stage."""
        steps = [e for e in self.events if e["event"] == "step" and e["stage"] == stage]
        return [f"{c['action']} {c['resource']}" for e in steps for c in e["changes"]]

    def diff(self, stage: str = "preview") -> list[str]:
        steps = [e for e in self.events if e["event"] == "step" and e["stage"] == stage]
        return [line for e in steps for c in e["changes"] for line in c["diff"]]

    def errors(self) -> str:
        """Everything that went wrong in the last play, as one text."""
        found = [e["error"] for e in self.events if e.get("error")]
        return "\n".join(" ".join(str(part) for part in e.values()) for e in found)

    def notes(self) -> list[str]:
        return [note for e in self.events if e["event"] == "step" for note in e["notes"]]


def call(type: str, params: dict[str, Any], number: int = 1, **more: Any) -> dict[str, Any]:
    """One step as the controller sends it; `params` must hold the defaults already."""
    head = {"number": number, "title": more.pop("title", f"{type} {number}"), "type": type}
    return {
        **head,
        "register": more.pop("register", None),
        "calls": [{**head, "params": params, **more}],
    }


def filled(type: str, params: dict[str, Any], kind: str = "step") -> dict[str, Any]:
    """Check parameters against their schema and fill in the defaults, as the controller does."""
    from hardener.playbook.params import validate_params

    return validate_params(type, params, nowhere(), kind=kind)


def nowhere() -> Any:
    from hardener.playbook.marks import Document, Place

    return Place(Document("case", (), {}, {}, {}))


def step(type: str, number: int = 1, **params: Any) -> dict[str, Any]:
    """One step with the parameters of a playbook."""
    return call(type, filled(type, params), number)
