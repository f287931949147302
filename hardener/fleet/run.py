"""A playbook on its hosts: play after play, hosts side by side, batch after batch.

No host is told to begin before all plays have been rendered and checked for all of
them; trouble on one host stops no other, unless the play asks for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from hardener.connect import Connector
from hardener.dataclass import dataclass, field, replace
from hardener.errors import HardenerError
from hardener.events import Event, Report
from hardener.fleet import hosts
from hardener.fleet.begun import Begun
from hardener.fleet.carry import ORPHANED, Carrying
from hardener.fleet.delegation import Delegation
from hardener.fleet.elsewhere.errand import FINE, Errand
from hardener.fleet.mistakes import joined
from hardener.fleet.options import Options
from hardener.fleet.plan import Plan
from hardener.fleet.prepare import Preparation, Prepared, settled
from hardener.fleet.rollout import between, together
from hardener.fleet.rollout.batches import batches, why_stop
from hardener.fleet.rollout.pace import Pace
from hardener.fleet.rollout.side_by_side import side_by_side
from hardener.fleet.rollout.turns import Turns
from hardener.fleet.session import Session
from hardener.fleet.standing import Standing
from hardener.inventory import Host, Inventory
from hardener.playbook import Play, Playbook

INTERRUPTED = (
    "the steps under way are finished, then `on_failure` says what becomes of each host; "
    "Ctrl-C once more stops at once, and hosts put back what they have not finished"
)
AGAIN = 2  # times that a host is taken up whose worker was lost


@dataclass
class Chosen:
    """A play and the hosts that it is for: those that were reached, those that are prepared for it."""

    number: int
    play: Play
    hosts: Sequence[Host]
    sessions: dict[str, Session] = field(default_factory=dict)
    ready: dict[str, Prepared] = field(default_factory=dict)

    def ready_of(self, batch: Sequence[Host]) -> list[Prepared]:
        """The plays of the hosts of a batch that are prepared."""
        return [self.ready[host.name] for host in batch if host.name in self.ready]

    @property
    def on_failure(self) -> str:
        return together.wanted(self.ready)


@dataclass
class PlaybookRun:
    """One `harden apply`; `remember` is told of `begun` as Standing says, and what is `left`."""

    carries: ClassVar[type[Carrying]] = Carrying

    playbook: Playbook
    inventory: Inventory
    options: Options
    connector: Connector
    report: Report
    run: str
    remember: Callable[[Begun, Sequence[str]], None] = lambda begun, left: None
    plan: Plan | None = None
    plays: Sequence[Chosen] = ()

    def __post_init__(self) -> None:
        if self.plan and not self.plan.holds:
            self.report = self.plan.hearing(self.report)
        self.stopping = threading.Event()
        self._at_work = False
        self.preparation = Preparation(
            self.playbook, self.inventory, self.options, self.connector, self.report, self.plan
        )
        self.standing = Standing(self.report, lambda begun: self.remember(begun, self.left))
        self.carrying = self.carries(
            self.run, self.options, self.connector, self.report, self.standing
        )
        self.delegation = Delegation(self.preparation, self.carrying, self.standing)

    @property
    def statuses(self) -> dict[str, str]:
        """The worst that was said of each host so far."""
        return self.standing.statuses

    @property
    def begun(self) -> Begun:
        return self.standing.begun

    def __enter__(self) -> PlaybookRun:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self.preparation.sessions.values():
            session.close()

    def stop(self) -> bool:
        """Begin no further step on any host; False where nothing is under way, which could be waited for."""
        if not self._at_work:
            return False
        self.stopping.set()
        self.report(Event("interrupted", "", {"why": INTERRUPTED}))
        for session in list(self.preparation.sessions.values()):
            session.stop()
        return True

    def hang_up(self) -> None:
        """Wait for nobody any more."""
        for session in list(self.preparation.sessions.values()):
            session.hang_up()
        for once in list(self.preparation.once.values()):
            once.end()

    def go(self, dry_run: bool) -> dict[str, str]:
        """Run all plays; return {host: status}."""
        self.statuses.clear()
        self.standing.elsewhere.clear()
        self.delegation.unreached.clear()
        plays = [self._chosen(number, play) for number, play in enumerate(self.playbook.plays, 1)]
        self.plays = plays
        for chosen in plays[:1]:
            self._announce(chosen)
        self._prepare(plays)
        only_the_last_removes(plays)
        self._at_work = not dry_run
        try:
            self._carry_out_all(plays, dry_run)
        finally:
            self._at_work = False
        for name, status in self.standing.elsewhere.items():
            self.standing.worse(name, status)
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
        steps = len(chosen.play.steps)
        self.report(Event("play", "", {"name": chosen.play.name, "hosts": names, "steps": steps}))

    def _prepare(self, plays: Sequence[Chosen]) -> None:
        """Connect to every host, then render all plays for all; all mistakes are raised together."""
        wanted: dict[str, list[tuple[Chosen, Host]]] = {}
        for chosen in plays:
            for host in chosen.hosts:
                wanted.setdefault(host.name, []).append((chosen, host))
        self._reach(list(wanted.values()))

    def _reach(self, wanted: Sequence[Sequence[tuple[Chosen, Host]]]) -> None:
        """Do so for the plays of each host."""
        with side_by_side(self.options.forks, len(wanted), self.hang_up) as pool:
            for do in (self._connect, self._compose):
                found = pool.map(lambda pairs, do=do: self._mistakes(do, pairs), wanted)
                if mistakes := [each for of_host in found for each in of_host]:
                    raise joined(mistakes)

    def _mistakes(
        self, do: Callable[[Chosen, Host], None], wanted: Sequence[tuple[Chosen, Host]]
    ) -> list[HardenerError]:
        """Do it for the plays of a host; mistakes in them are returned, its own trouble is noted."""
        mistakes: list[HardenerError] = []
        for chosen, host in wanted:
            try:
                with self.standing.noting(host.name, mistakes=False):
                    if self._good(host):
                        do(chosen, host)
            except HardenerError as error:
                mistakes += error.every
        return mistakes

    def _connect(self, chosen: Chosen, host: Host) -> None:
        chosen.sessions[host.name] = self.preparation.connect(chosen.number, chosen.play, host)

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
                if not dry_run:
                    self._between(chosen, batch)
                left = self._left(plays, chosen, batch)
                why = self._why(chosen, batch, left)
                if why and not dry_run:
                    self._put_others_back(plays, chosen, batch, why)
                if why and left:
                    self.report(Event("stopped", "", {"why": f"{why}: the rest is left as it is"}))
                    return

    def _between(self, chosen: Chosen, batch: Sequence[Host]) -> None:
        """Wait after a batch that has changed something, and ask its hosts, if another one follows."""
        done = between.changed(chosen.ready_of(batch))
        if batch[-1] is chosen.hosts[-1] or not done or self._why(chosen, batch, left=True):
            return
        if pause := float(chosen.play.pause_between):
            self.report(Event("pause", "", {"seconds": pause}))
            self.stopping.wait(pause)
        if not self.stopping.is_set():
            self._side_by_side(done, self._ask)

    def _ask(self, prepared: Prepared, turns: Turns) -> None:
        """Ask whether a host is well after its batch; if not, it has failed, and is put back as any other."""
        name = prepared.session.name
        with turns.wait(prepared.session), self.standing.noting(name):
            why = between.trouble(prepared)
            if why and prepared.message["on_failure"] == "keep":
                prepared.status = "failed"
                self.standing.worse(name, prepared.status)
            elif why:
                self._put_back(prepared, why)

    def _why(self, chosen: Chosen, batch: Sequence[Host], left: bool) -> str:
        """Say why nothing more is begun after a batch; empty to go on."""
        if self.stopping.is_set() and (left or not self._through(chosen, batch)):
            return "interrupted"
        return why_stop(chosen.play, self._bad(batch), len(batch), chosen.on_failure)

    def _through(self, chosen: Chosen, batch: Sequence[Host]) -> bool:
        """Have all of a batch come to the end of their play?"""
        return all(
            host.name in chosen.ready and chosen.ready[host.name].status in FINE for host in batch
        )

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
        if chosen.on_failure == together.BATCH and self._through(chosen, batch):
            return
        earlier = [each.ready for each in plays[: plays.index(chosen)]]
        for group in together.groups(chosen.on_failure, chosen.ready, batch, earlier):
            self._side_by_side(group, lambda each, turns: self._undo(each, turns, why))

    def _left(self, plays: Sequence[Chosen], chosen: Chosen, batch: Sequence[Host]) -> bool:
        """Is there something more to do?"""
        later = chosen.hosts[chosen.hosts.index(batch[-1]) + 1 :]
        after = [host for each in plays[plays.index(chosen) + 1 :] for host in each.hosts]
        return any(self._good(host) for host in (*later, *after))

    def _batch(self, chosen: Chosen, batch: Sequence[Host], dry_run: bool) -> None:
        ready, pace = chosen.ready_of(batch), Pace()
        for first in ready[:1]:
            self.preparation.once[chosen.number].begin(first.session.name)
        linear = chosen.play.strategy == "linear"
        self._side_by_side(
            ready,
            partial(self._in_turn, chosen, pace, dry_run),
            forks=len(ready) if linear else self.options.forks,
            pace=pace,
        )

    def _side_by_side(
        self,
        ready: Sequence[Prepared],
        do: Callable[[Prepared, Turns], None],
        forks: int | None = None,
        pace: Pace | None = None,
    ) -> None:
        turns = Turns([(each.session.name, self.preparation.grounds(each)) for each in ready])
        if pace:
            pace.join(turns.first)
        with (
            self.standing.kept(),
            side_by_side(forks or self.options.forks, len(ready), self.hang_up) as pool,
        ):
            list(pool.map(lambda each: do(each, turns), ready))

    def _good(self, host: Host) -> bool:
        return self.standing.good(host.name)

    def _in_turn(
        self, chosen: Chosen, pace: Pace, dry_run: bool, prepared: Prepared, turns: Turns
    ) -> None:
        """Carry it out once its turn has come, with all that it has done elsewhere."""
        composer = prepared.composer
        assert not isinstance(composer, Errand)
        with turns.wait(prepared.session), pace.within(prepared.session.name):
            with composer.done_once():
                prepared = self._carried_out(chosen, prepared, pace, dry_run)
            if prepared.status == "unreachable" and prepared.session.writes and not dry_run:
                self.delegation.rescue(prepared)

    def _carried_out(
        self, chosen: Chosen, prepared: Prepared, pace: Pace, dry_run: bool
    ) -> Prepared:
        """Do so, and where a worker is lost take the host up again; return the play that came to an end."""
        name = prepared.session.name
        for left in reversed(range(AGAIN + 1)):
            if self.stopping.is_set() or prepared.status:
                break
            assert not isinstance(prepared.composer, Errand)
            prepared.composer.pace = partial(pace.wait, name)
            with self.delegation.within(prepared, dry_run):
                self.carrying.carry_out(prepared, self.statuses, dry_run, last=left == 0)
            if prepared.status == ORPHANED:
                prepared = self._taken_up(chosen, prepared)
        return prepared

    def _taken_up(self, chosen: Chosen, orphan: Prepared) -> Prepared:
        """Connect anew to a host whose worker was lost, and prepare its play once more."""
        host = self.inventory.host(orphan.session.name)
        wrote = bool(orphan.session.writes or orphan.wrote)
        orphan.session.close()
        with self.standing.noting(host.name) as noted:
            self._connect(chosen, host)
            self._compose(chosen, host)
            chosen.ready[host.name].wrote = wrote
            chosen.ready[host.name].again()
        if noted.status:
            orphan.status, orphan.why = noted.status, noted.why
            return orphan
        return chosen.ready[host.name]

    def _undo(self, prepared: Prepared, turns: Turns, why: str) -> None:
        """Undo a play that has ended well, and what it had done elsewhere."""
        session = prepared.session
        with turns.wait(session), self.standing.noting(session.name):
            self._put_back(prepared, why)

    def _put_back(self, prepared: Prepared, why: str) -> None:
        session = prepared.session
        if prepared.status in together.STANDS:
            session.say("phase", phase="rollback", why=why)
            number = prepared.message["number"]
            prepared.status = self.carrying.put_back(session, number, self.statuses)
        self.delegation.undo(prepared)


def only_the_last_removes(plays: Sequence[Chosen]) -> None:
    """Leave the budget of snapshots to the last play of a host: before it, the run may still fail."""
    prepared = [each for chosen in plays for each in chosen.ready.values()]
    last = {id(each.session): each for each in prepared}
    for each in prepared:
        if each is not last[id(each.session)]:
            each.message["snapshots"] = None
