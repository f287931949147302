"""The handlers of a play: those of its host, and those that are done elsewhere (`delegate_to`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hardener.errors import HardenerError
from hardener.inventory.nearest import did_you_mean
from hardener.playbook.model import Step

if TYPE_CHECKING:
    from hardener.fleet.session import Session


class Handlers:
    """Each with its name, and the session of the host where it is done: None for that of the play."""

    def __init__(self, handlers: Sequence[tuple[Step, str, Session | None]]) -> None:
        self._all = handlers

    def at(self, session: Session | None) -> list[Step]:
        return [handler for handler, _, where in self._all if where is session]

    def names(self, step: Step) -> list[str]:
        """Return its name as rendered, and what else it listens to."""
        return [
            name for each, title, _ in self._all if each is step for name in (title, *each.listen)
        ]

    def _known(self, step: Step, names: Sequence[str]) -> None:
        known = {name for each, title, _ in self._all for name in (title, *each.listen)}
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known) or "add it below `handlers:`"
                what = f"no handler is called `{name}`"
                raise HardenerError(what, where=step.place.at("notify"), hint=hint)

    def told(self, step: Step, names: Sequence[str], errand: Session | None) -> dict[str, Any]:
        """Say which of these are notified by the play here, and which where the step is done (`errand`).

        HardenerError for one that nobody answers to, and for one that is done on yet another host:
        it could not see what has changed.
        """
        if not names:
            return {}
        self._known(step, names)
        answering = [
            (name, where)
            for handler, title, where in self._all
            for name in names
            if name in (title, *handler.listen)
        ]
        for name, where in answering:
            if where is not None and where is not errand:
                what = f"the handler `{name}` is done on {where.name}, and this step is not"
                hint = (
                    "write a step with `when: RESULT.changed` and the `delegate_to` of the handler"
                )
                raise HardenerError(what, where=step.place.at("notify"), hint=hint)
        there = [name for name in names if errand and (name, errand) in answering]
        here = [name for name in names if (name, None) in answering or name not in there]
        return {"notify": here, **({"notify_there": there} if errand else {})}
