"""The handlers of a play: those of its host, and those that are done elsewhere (`delegate_to`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hardener.errors import HardenerError
from hardener.playbook.model import Step

if TYPE_CHECKING:
    from hardener.fleet.session import Session


class Handlers:
    """Each with the session of the host where it is done; None where that is the host of the play."""

    def __init__(self, handlers: Sequence[tuple[Step, Session | None]]) -> None:
        self._all = handlers

    def at(self, session: Session | None) -> list[Step]:
        return [handler for handler, where in self._all if where is session]

    def told(self, step: Step, names: Sequence[str], errand: Session | None) -> dict[str, Any]:
        """Say which of these are notified by the play here, and which where the step is done (`errand`).

        HardenerError for one that is done on yet another host: it could not see what has changed.
        """
        answering = [
            (name, where)
            for handler, where in self._all
            for name in names
            if name in (handler.name, *handler.listen)
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
