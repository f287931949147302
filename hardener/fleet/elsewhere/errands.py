"""All that a host has done elsewhere in one play (`delegate_to`), and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hardener.errors import HardenerError
from hardener.fleet.elsewhere.errand import FINE, HANDLERS, Errand
from hardener.fleet.elsewhere.once import APPLY, PREVIEW

if TYPE_CHECKING:
    from hardener.fleet.session import Session
    from hardener.playbook.model import Step

Call = dict[str, Any]
Way = Callable[[str, object, str], "Session | None"]
"""Takes the name of a host, the `become` of a step and its place; None where that is here."""
KEPT = (
    *("number", "title", "name", "of_item", "type", "where", "controls", "about", "tags"),
    *("notify", "never_changed", "ignore_errors", "no_log"),
)
"""What the play of the host for whom it is done has to know of a call."""


class Errands:
    """One for each host and play; `sessions` are those of the hosts where something may be done."""

    def __init__(self, host: str, way: Way) -> None:
        self.host = host
        self.at = way
        self.sessions: set[Session] = set()
        self._begin: Callable[[Session], Errand] | None = None
        self._begun: dict[Session, Errand] = {}  # newest last
        self._came: dict[tuple[int, int], Mapping[str, Any]] = {}  # of previews

    def anew(self) -> Errands:
        """Return another one of the same host, of which nothing is expected yet."""
        return Errands(self.host, self.at)

    def open(self, begin: Callable[[Session], Errand]) -> None:
        """From now on errands can be begun."""
        self._begin, self._begun, self._came = begin, {}, {}

    def expect(self, name: str, become: object, place: str) -> Session | None:
        """Return where something may be done, if that is not here."""
        session = self.at(name, become, place)
        self.sessions.update([session] if session else [])
        return session

    def done(self, calls: Sequence[Call], stage: str) -> list[Call]:
        """Have done what is to be done elsewhere; return the calls with what came of them.

        After one that fails, the rest of a loop is left out, as it would be here.
        """
        found = []
        for item, call in enumerate(calls):
            found.append(self._done(call, item, stage) if "errand" in call else call)
            if found[-1].get("came", {}).get("failed") and not call.get("ignore_errors"):
                break
        return found

    def _done(self, call: Call, item: int, stage: str) -> Call:
        session = call["errand"]
        try:
            came = self._result(session, call, item, stage)
        except HardenerError as error:
            what = f"«{call['title']}» is to be done on {session.name}: {error.what}"
            raise HardenerError(
                what, where=call["where"], why=error.why, hint=error.hint
            ) from error
        return {
            **{key: call[key] for key in KEPT if key in call},
            "elsewhere": session.name,
            "came": came,
        }

    def _step(self, call: Call, item: int) -> Call:
        """The same call as a step of the play there, which tells its result."""
        title = f"{call['title']} (for {self.host})"
        head = {"number": call["number"], "title": title, "type": call["type"]}
        return {**head, "register": "told", "calls": [self._there(call, item)]}

    def _there(self, call: Call, item: int) -> Call:
        rest = {key: each for key, each in call.items() if key not in ("errand", "notify_there")}
        title = f"{call['title']} (for {self.host})"
        return {**rest, "title": title, "notify": call.get("notify_there", []), "item": item}

    def handler(self, handler: Step, names: Sequence[str], calls: Sequence[Call]) -> Call:
        """A handler as one of the play there; what it has seen of one host is not what it has of another."""
        head = {"number": handler.number, "title": names[0], "type": handler.type}
        found = [self._there(call, item) for item, call in enumerate(calls)]
        step = {**head, "looped": handler.loop is not None, "calls": found}
        return {"name": f"{names[0]} (for {self.host})", "names": list(names), "steps": [step]}

    def _result(self, session: Session, call: Call, item: int, stage: str) -> Mapping[str, Any]:
        """Return what came of it; the second time that it is planned, nothing is left to do."""
        key = call["number"], item
        if stage in (PREVIEW, APPLY, "audit"):
            self._came[key] = self._errand(session).do(self._step(call, item), stage)
            return self._came[key]
        came = self._came.get(key, {"unknown": True})
        return came if call.get("judged") else {**came, "changed": False}

    def _errand(self, session: Session) -> Errand:
        if session not in self._begun:
            assert self._begin
            self._begun[session] = self._begin(session)
        return self._begun[session]

    def agree(self, stage: str, todo: bool) -> bool:
        """Plan, finish or end where something was done; return whether there is something to do.

        HardenerError where one of them can't: then nothing is done, or all of it is put back.
        """
        if stage != PREVIEW:
            for errand in reversed(self._begun.values()):
                errand.finish() if stage == HANDLERS else errand.end()
            return todo
        every = [self._errand(session) for session in sorted(self.sessions, key=lambda s: s.name)]
        for errand in every:
            errand.planned()
        todo = todo or any(errand.todo for errand in every)
        for errand in every:
            errand.begin(todo)
        return todo

    def close(self, good: bool, undo: Callable[[Session, Errand], None]) -> None:
        """End what has not ended, well or not as the play here has; `undo` what had ended already."""
        why = HardenerError(f"the play of {self.host}, for which this is done, did not end well")
        for session, errand in reversed(self._begun.items()):
            if errand.status in FINE and not good:
                undo(session, errand)
            elif not errand.status and (good or errand.idle):
                errand.end()
            elif not errand.status:
                errand.break_off(why)
