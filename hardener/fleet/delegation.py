"""What the plays of a run have done on other hosts: begun there, and ended or put back as they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from hardener.dataclass import dataclass, field, replace
from hardener.errors import HardenerError
from hardener.fleet.carry import Carrying
from hardener.fleet.elsewhere import lost
from hardener.fleet.elsewhere.errand import FINE, Errand
from hardener.fleet.prepare import Preparation, Prepared
from hardener.fleet.rollout import together
from hardener.fleet.session import Session
from hardener.fleet.standing import Standing


@dataclass
class Delegation:
    """For all plays of a run; `unreached` are the hosts that can't do their part, and why."""

    preparation: Preparation
    carrying: Carrying
    standing: Standing
    unreached: dict[Session, str] = field(default_factory=dict)

    @contextmanager
    def within(self, prepared: Prepared, dry_run: bool) -> Iterator[None]:
        """Let a play have things done elsewhere, which end as it does."""
        assert not isinstance(prepared.composer, Errand)
        errands = prepared.composer.errands
        assert errands
        errands.open(lambda session: self._begin(prepared, session, dry_run))
        try:
            yield
        finally:
            good = prepared.status in FINE
            errands.close(good, lambda *each: self._put_back(prepared, *each))

    def rescue(self, prepared: Prepared) -> None:
        """Have done elsewhere what the blocks around the step at which a host was lost say (lost.py)."""
        session, composer = prepared.session, prepared.composer
        assert not isinstance(composer, Errand)
        assert composer.errands
        steps = lost.left(composer, session.step)
        if not steps:
            return
        session.say("phase", phase="rescue", why="it is lost: elsewhere its rescue is done")
        composer.errands = composer.errands.anew()
        play = replace(prepared, lost=True, status="")
        known = lost.results(session, composer.steps[session.step], prepared.why)
        with self.standing.noting(session.name), self.within(play, dry_run=False):
            lost.rescue(composer, steps, known)
            play.status = "ok"

    def undo(self, prepared: Prepared) -> None:
        """Put back what a play that has ended has had done elsewhere."""
        assert not isinstance(prepared.composer, Errand)
        if prepared.composer.errands:
            prepared.composer.errands.close(False, partial(self._put_back, prepared))

    def _begin(self, asked: Prepared, session: Session, dry_run: bool) -> Errand:
        """Begin a play on another host for what this one has done there; HardenerError if it can't be."""
        name, elsewhere = session.name, self.standing.elsewhere
        if session not in self.unreached:
            with self.standing.noting(name, elsewhere) as noted:
                session.open()
            self.unreached.update({session: noted.why} if noted.status else {})
        if session in self.unreached:
            raise HardenerError(f"{name} can't be reached", why=self.unreached[session])
        assert not isinstance(asked.composer, Errand)
        errand = Errand(name, asked.composer)
        other = self.preparation.errand(asked, session, errand)

        def carry_out() -> None:
            try:
                self.carrying.carry_out(other, elsewhere, dry_run)
            finally:
                errand.over(other.status, other.why)

        errand.number = other.message["number"]
        threading.Thread(target=carry_out, name=f"errand on {name}").start()
        return errand

    def _put_back(self, asked: Prepared, session: Session, errand: Errand) -> None:
        """Undo what a host did for a play that did not end well, where its own part had ended already."""
        if errand.status not in together.STANDS or asked.message["on_failure"] == "keep":
            return
        elsewhere = self.standing.elsewhere
        with self.standing.noting(session.name, elsewhere):
            errand.status = self.carrying.put_back(session, errand.number, elsewhere)
