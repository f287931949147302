"""A playbook on its hosts: play after play, hosts side by side, batch after batch.

No host is told to begin before all plays have been rendered and checked for all of
them; trouble on one host stops no other, unless the play asks for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from hardener.connect import Secrets
from hardener.errors import HardenerError
from hardener.events import Event, Report
from hardener.fleet import hosts, lost, outcome, together
from hardener.fleet.batches import batches, why_stop
from hardener.fleet.begun import UNFINISHED, Begun
from hardener.fleet.compose import Composer
from hardener.fleet.confirm import Confirmation
from hardener.fleet.errand import FINE, Errand
from hardener.fleet.mistakes import joined
from hardener.fleet.noting import Noted, noting
from hardener.fleet.options import Options
from hardener.fleet.plan import Plan
from hardener.fleet.prepare import Preparation, Prepared, settled
from hardener.fleet.records import new_run_id
from hardener.fleet.session import Session
from hardener.fleet.side_by_side import side_by_side
from hardener.fleet.turns import Turns
from hardener.inventory import Host, Inventory
from hardener.playbook import Play, Playbook


@dataclass
class Chosen:
    """A play and the hosts that it is for: those that were reached, those that are prepared for it."""

    number: int
    play: Play
    hosts: Sequence[Host]
    sessions: dict[str, Session] = field(default_factory=dict)
    ready: dict[str, Prepared] = field(default_factory=dict)

    @property
    def on_failure(self) -> str:
        return together.wanted(self.ready)


@dataclass
class PlaybookRun:
    """One `harden apply`; `statuses` holds the worst that was said of each host so far, `elsewhere`
    what was said of hosts as they did a part of another's play (`delegate_to`).

    `remember` is called whenever `begun` has changed: what of this run may stand, and where.
    """

    playbook: Playbook
    inventory: Inventory
    options: Options
    secrets: Secrets
    report: Report
    run: str
    remember: Callable[[Begun], None] = lambda begun: None
    plan: Plan | None = None
    statuses: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    unreached: dict[Session, str] = field(default_factory=dict)  # of those that do errands, and why
    begun: Begun = field(default_factory=Begun)
    plays: Sequence[Chosen] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.plan and not self.plan.holds:
            self.report = self.plan.hearing(self.report)
        self.preparation = Preparation(
            self.playbook, self.inventory, self.options, self.secrets, self.report, self.plan
        )

    def __enter__(self) -> PlaybookRun:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self.preparation.sessions.values():
            session.close()

    def hang_up(self) -> None:
        """Wait for nobody any more."""
        for session in list(self.preparation.sessions.values()):
            session.hang_up()
        for once in list(self.preparation.once.values()):
            once.end()

    def go(self, dry_run: bool) -> dict[str, str]:
        """Run all plays; return {host: status}."""
        self.statuses.clear()
        self.elsewhere.clear()
        self.unreached.clear()
        plays = [self._chosen(number, play) for number, play in enumerate(self.playbook.plays, 1)]
        self.plays = plays
        for chosen in plays[:1]:
            self._announce(chosen)
        self._prepare(plays)
        only_the_last_removes(plays)
        self._carry_out_all(plays, dry_run)
        for name, status in self.elsewhere.items():
            self._worse(name, status)
        return self.statuses

    @property
    def left(self) -> list[str]:
        """The hosts that did not come through all of their plays, and those that were not begun."""
        every = [
            (chosen.ready.get(host.name), host) for chosen in self.plays for host in chosen.hosts
        ]
        return sorted({host.name for ready, host in every if not ready or ready.status not in FINE})

    def health(self) -> dict[str, str]:
        """Ask the checks of all plays instead of carrying them out."""
        plays = (
            replace(play, parts=(), handlers=(), snapshots=None, waits=False)
            for play in self.playbook.plays
        )
        self.playbook = replace(self.playbook, plays=tuple(plays))
        return self.go(dry_run=False)

    def _chosen(self, number: int, play: Play) -> Chosen:
        play = settled(play, self.options.extra_vars)
        return Chosen(number, play, hosts.select(self.inventory, play.hosts, self.options))

    def _announce(self, chosen: Chosen) -> None:
        names = [host.name for host in chosen.hosts]
        self.report(Event("play", "", {"name": chosen.play.name, "hosts": names}))

    def _prepare(self, plays: Sequence[Chosen]) -> None:
        """Connect to every host, then render all plays for all; all mistakes are raised together."""
        wanted: dict[str, list[tuple[Chosen, Host]]] = {}
        for chosen in plays:
            for host in chosen.hosts:
                wanted.setdefault(host.name, []).append((chosen, host))
        with side_by_side(self.options.forks, len(wanted), self.hang_up) as pool:
            for do in (self._connect, self._compose):
                found = pool.map(lambda pairs, do=do: self._mistakes(do, pairs), wanted.values())
                if mistakes := [each for of_host in found for each in of_host]:
                    raise joined(mistakes)

    def _mistakes(
        self, do: Callable[[Chosen, Host], None], wanted: Sequence[tuple[Chosen, Host]]
    ) -> list[HardenerError]:
        """Do it for the plays of a host; mistakes in them are returned, its own trouble is noted."""
        mistakes = []
        for chosen, host in wanted:
            try:
                with self._noting(host.name, mistakes=False):
                    if self._good(host):
                        do(chosen, host)
            except HardenerError as error:
                mistakes.append(error)
        return mistakes

    def _connect(self, chosen: Chosen, host: Host) -> None:
        chosen.sessions[host.name] = self.preparation.connect(chosen.play, host)

    def _compose(self, chosen: Chosen, host: Host) -> None:
        session = chosen.sessions[host.name]
        ready = self.preparation.compose(chosen.number, chosen.play, host, session)
        chosen.ready[host.name] = ready

    def _carry_out_all(self, plays: Sequence[Chosen], dry_run: bool) -> None:
        for chosen in plays:
            if chosen is not plays[0]:
                self._announce(chosen)
            for batch in batches(chosen.hosts, chosen.play.serial):
                if not self._why_together(chosen, batch):
                    self._batch(chosen, [host for host in batch if self._good(host)], dry_run)
                why = why_stop(chosen.play, self._bad(batch), len(batch), chosen.on_failure)
                if why and not dry_run:
                    self._put_others_back(plays, chosen, batch, why)
                if why and self._left(plays, chosen, batch):
                    self.report(Event("stopped", "", {"why": f"{why}: the rest is left as it is"}))
                    return

    def _bad(self, batch: Sequence[Host]) -> int:
        return len([host for host in batch if not self._good(host)])

    def _why_together(self, chosen: Chosen, batch: Sequence[Host]) -> str:
        """Say why a batch need not be begun: all of it would be put back."""
        if chosen.on_failure not in together.BEYOND:
            return ""
        return why_stop(chosen.play, self._bad(batch), len(batch), chosen.on_failure)

    def _put_others_back(
        self, plays: Sequence[Chosen], chosen: Chosen, batch: Sequence[Host], why: str
    ) -> None:
        """Put back what hosts have changed that did not fail, where the play wants that."""
        earlier = [each.ready for each in plays[: plays.index(chosen)]]
        for group in together.groups(chosen.on_failure, chosen.ready, batch, earlier):
            self._side_by_side(group, lambda each, turns: self._undo(each, turns, why))

    def _left(self, plays: Sequence[Chosen], chosen: Chosen, batch: Sequence[Host]) -> bool:
        """Is there something more to do?"""
        later = chosen.hosts[chosen.hosts.index(batch[-1]) + 1 :]
        after = [host for each in plays[plays.index(chosen) + 1 :] for host in each.hosts]
        return any(self._good(host) for host in (*later, *after))

    def _batch(self, chosen: Chosen, batch: Sequence[Host], dry_run: bool) -> None:
        ready = [chosen.ready[host.name] for host in batch if host.name in chosen.ready]
        for first in ready[:1]:
            self.preparation.once[chosen.number].begin(first.session.name)
        self._side_by_side(ready, lambda each, turns: self._in_turn(each, turns, dry_run))

    def _side_by_side(
        self, ready: Sequence[Prepared], do: Callable[[Prepared, Turns], None]
    ) -> None:
        turns = Turns([(each.session.name, self.preparation.grounds(each)) for each in ready])
        with side_by_side(self.options.forks, len(ready), self.hang_up) as pool:
            list(pool.map(lambda each: do(each, turns), ready))

    def _good(self, host: Host) -> bool:
        return self.statuses.get(host.name, "ok") in outcome.GOOD

    def _in_turn(self, prepared: Prepared, turns: Turns, dry_run: bool) -> None:
        """Carry it out once its turn has come, with all that it has done elsewhere."""
        with turns.wait(prepared.session):
            with self._errands(prepared, dry_run):
                self._carry_out(prepared, self.statuses, dry_run)
            if prepared.status == "unreachable" and prepared.session.writes and not dry_run:
                self._rescue(prepared)

    @contextmanager
    def _errands(self, prepared: Prepared, dry_run: bool) -> Iterator[None]:
        """Let a play have things done elsewhere, which end as it does."""
        assert isinstance(prepared.composer, Composer)
        errands = prepared.composer.errands
        assert errands
        errands.open(lambda session: self._errand(prepared, session, dry_run))
        try:
            yield
        finally:
            good = prepared.status in FINE
            errands.close(good, lambda *each: self._put_back(prepared, *each))

    def _rescue(self, prepared: Prepared) -> None:
        """Have done elsewhere what the blocks around the step at which a host was lost say (lost.py)."""
        session, composer = prepared.session, prepared.composer
        assert isinstance(composer, Composer)
        assert composer.errands
        steps = lost.left(composer, session.step)
        if not steps:
            return
        session.say("phase", phase="rescue", why="it is lost: elsewhere its rescue is done")
        composer.errands = composer.errands.anew()
        play = replace(prepared, lost=True, status="")
        known = lost.results(session, composer.steps[session.step], prepared.why)
        with self._noting(session.name), self._errands(play, dry_run=False):
            lost.rescue(composer, steps, known)
            play.status = "ok"

    def _errand(self, asked: Prepared, session: Session, dry_run: bool) -> Errand:
        """Begin a play on another host for what this one has done there; HardenerError if it can't be."""
        name = session.name
        if session not in self.unreached:
            with self._noting(name, self.elsewhere) as noted:
                session.open()
            self.unreached.update({session: noted.why} if noted.status else {})
        if session in self.unreached:
            raise HardenerError(f"{name} can't be reached", why=self.unreached[session])
        assert isinstance(asked.composer, Composer)
        errand = Errand(name, asked.composer)
        other = self.preparation.errand(asked, session, errand)

        def carry_out() -> None:
            try:
                self._carry_out(other, self.elsewhere, dry_run)
            finally:
                errand.over(other.status, other.why)

        errand.number = other.message["number"]
        threading.Thread(target=carry_out, name=f"errand on {name}").start()
        return errand

    def _put_back(self, asked: Prepared, session: Session, errand: Errand) -> None:
        """Undo what a host did for a play that did not end well, where its own part had ended already."""
        if errand.status not in together.STANDS or asked.message["on_failure"] == "keep":
            return
        with self._noting(session.name, self.elsewhere):
            errand.status = self._rolled_back(session, errand.number, self.elsewhere)

    def _undo(self, prepared: Prepared, turns: Turns, why: str) -> None:
        """Undo a play that has ended well, and what it had done elsewhere."""
        session = prepared.session
        with turns.wait(session), self._noting(session.name):
            if prepared.status in together.STANDS:
                session.say("phase", phase="rollback", why=why)
                prepared.status = self._rolled_back(
                    session, prepared.message["number"], self.statuses
                )
            assert isinstance(prepared.composer, Composer)
            if prepared.composer.errands:
                prepared.composer.errands.close(
                    False, lambda *each: self._put_back(prepared, *each)
                )

    def _rolled_back(self, session: Session, play: int, statuses: dict[str, str]) -> str:
        """Undo a play of this run on a host; return the status."""
        fields = {"target": self.run, "run": new_run_id(), "choice": {"plays": [str(play)]}}
        status = session.do("rollback", **fields)
        self._worse(session.name, status, statuses)
        if status == "rolled back":
            with self._lock:
                self.begun.undone(session.name, session.user, play)
                self.remember(self.begun)
        return status

    def _carry_out(self, prepared: Prepared, statuses: dict[str, str], dry_run: bool) -> None:
        session = prepared.session
        with self._noting(session.name, statuses) as noted, prepared.composer.done_once():
            self._stands(prepared, UNFINISHED, dry_run)
            try:
                status = self._play(prepared, dry_run)
            except HardenerError:
                self._stands(prepared, UNFINISHED if session.writes else "refused", dry_run)
                raise
            self._stands(prepared, status, dry_run)
            prepared.status, prepared.why = status, (session.error or {}).get("what", "")
            self._worse(session.name, status, statuses)
        if noted.status:
            prepared.status, prepared.why = noted.status, noted.why

    def _play(self, prepared: Prepared, dry_run: bool) -> str:
        status = prepared.session.play(
            self.run,
            prepared.message | self._unforeseen(prepared.session.name, dry_run),
            prepared.composer,
            dry_run=dry_run,
            wait=self.options.wait,
        )
        return self._confirmed(prepared, status)

    def _unforeseen(self, name: str, dry_run: bool) -> dict[str, Any]:
        """Of a host that an earlier play is to change nobody knows yet whether it would let us in."""
        if not dry_run or "pending" not in (self.statuses.get(name), self.elsewhere.get(name)):
            return {}
        return {"login": {"unasked": "the plays before this one have changed nothing yet"}}

    def _stands(self, prepared: Prepared, word: str, dry_run: bool) -> None:
        """Remember how this run stands on a host; where the link is lost, nobody knows."""
        if not dry_run:
            session, number = prepared.session, prepared.message["number"]
            with self._lock:
                self.begun.note(session.name, session.user, word, number)
                self.remember(self.begun)

    @contextmanager
    def _noting(
        self, name: str, statuses: dict[str, str] | None = None, *, mistakes: bool = True
    ) -> Iterator[Noted]:
        with noting(name, self.report, mistakes=mistakes) as noted:
            yield noted
        if noted.status:
            self._worse(name, noted.status, statuses)

    def _confirmed(self, prepared: Prepared, status: str) -> str:
        """Log in anew where the host wants that as a proof; on this machine only a person can."""
        session, pledge = prepared.session, prepared.session.pledge
        if pledge is None:
            return status
        if self.options.confirm == "manual" or session.target.kind == "local":
            why = f"`harden confirm {self.run}` keeps it, {pledge['within']:.0f} s from now it is undone"
            session.say("phase", phase="unconfirmed", why=why)
            return "unconfirmed"
        ways = hosts.ways(session.target, prepared.composer.confirm_via())
        within = min(pledge["within"], self.options.confirm_within)
        asked = Confirmation(ways, self.secrets, self.report, self.run, pledge["journal"], within)
        end = asked.go()
        if end != "confirmed":
            return end
        return "changed" if status == "unconfirmed" else status

    def _worse(self, name: str, status: str, statuses: dict[str, str] | None = None) -> None:
        statuses = self.statuses if statuses is None else statuses
        with self._lock:
            statuses[name] = max(statuses.get(name, "ok"), status, key=outcome.STATUSES.index)


def only_the_last_removes(plays: Sequence[Chosen]) -> None:
    """Leave the budget of snapshots to the last play of a host: before it, the run may still fail."""
    prepared = [each for chosen in plays for each in chosen.ready.values()]
    last = {id(each.session): each for each in prepared}
    for each in prepared:
        if each is not last[id(each.session)]:
            each.message["snapshots"] = None
