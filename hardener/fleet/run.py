"""A playbook on its hosts: play after play, hosts side by side, batch after batch.

No host is told to begin before the play has been rendered and checked for all of
them; trouble on one host stops no other, unless the play asks for it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hardener.connect import Secrets
from hardener.errors import ConnectError, HardenerError, HostError, PlaybookError
from hardener.events import Event, Report
from hardener.fleet import hosts, outcome
from hardener.fleet.compose import Composer
from hardener.fleet.confirm import Confirmation
from hardener.fleet.options import Options
from hardener.fleet.session import Session
from hardener.fleet.side_by_side import side_by_side
from hardener.inventory import Host, Inventory
from hardener.playbook import Play, Playbook
from hardener.render import Renderer
from hardener.render.variables import for_host, vars_file
from hardener.resources import data_dir


@dataclass
class Prepared:
    """A host that is connected, and the play as it will be sent there."""

    session: Session
    composer: Composer
    message: dict[str, Any]


@dataclass
class PlaybookRun:
    """One `harden apply`; `statuses` holds the worst that was said of each host so far."""

    playbook: Playbook
    inventory: Inventory
    options: Options
    secrets: Secrets
    report: Report
    run: str
    statuses: dict[str, str] = field(default_factory=dict)
    sessions: dict[tuple[str, bool, str], Session] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> PlaybookRun:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self.sessions.values():
            session.close()

    def hang_up(self) -> None:
        """Wait for nobody any more."""
        for session in list(self.sessions.values()):
            session.hang_up()

    def go(self, dry_run: bool) -> dict[str, str]:
        """Run all plays; return {host: status}."""
        self.statuses.clear()
        for number, play in enumerate(self.playbook.plays, 1):
            chosen = hosts.select(self.inventory, play.hosts, self.options)
            self.report(Event("play", "", {"name": play.name, "hosts": [h.name for h in chosen]}))
            self._play(number, play, chosen, dry_run)
        return self.statuses

    def health(self) -> dict[str, str]:
        """Ask the checks of all plays instead of carrying them out."""
        plays = (replace(play, steps=(), handlers=()) for play in self.playbook.plays)
        self.playbook = replace(self.playbook, plays=tuple(plays))
        return self.go(dry_run=False)

    def _play(self, number: int, play: Play, chosen: Sequence[Host], dry_run: bool) -> None:
        for batch in batches(chosen, play.serial):
            alive = [h for h in batch if self._good(h)]
            self._batch(number, play, alive, dry_run)
            if self._too_many(play, batch):
                self.report(Event("stopped", "", {"why": "too many hosts failed"}))
                return

    def _good(self, host: Host) -> bool:
        return self.statuses.get(host.name, "ok") in outcome.GOOD

    def _too_many(self, play: Play, batch: Sequence[Host]) -> bool:
        bad = [h for h in batch if not self._good(h)]
        if play.any_errors_fatal and bad:
            return True
        limit = play.max_fail_percentage
        return limit is not None and 100 * len(bad) > int(limit) * len(batch)

    def _batch(self, number: int, play: Play, batch: Sequence[Host], dry_run: bool) -> None:
        with side_by_side(self.options.forks, len(batch), self.hang_up) as pool:
            prepared = list(pool.map(lambda host: self._prepare(number, play, host), batch))
            mistakes = [each for each in prepared if isinstance(each, HardenerError)]
            if mistakes:
                raise joined(mistakes)
            ready = [each for each in prepared if isinstance(each, Prepared)]
            list(pool.map(lambda each: self._carry_out(each, dry_run), ready))

    def _prepare(self, number: int, play: Play, host: Host) -> Prepared | HardenerError | None:
        """Connect and render; an error of the playbook is returned, one of the host is noted."""
        try:
            session, renderer = self._open(play, host)
        except ConnectError as error:
            self._note(host.name, "unreachable", error)
            return None
        except HostError as error:
            self._note(host.name, "failed", error)
            return None
        except HardenerError as error:
            return error
        try:
            composer = Composer(play, number, renderer, self.options.choice)
            return Prepared(
                session, composer, {**composer.message(self.playbook.path), **self._guard()}
            )
        except HardenerError as error:
            return error

    def _guard(self) -> dict[str, Any]:
        """What the host is to do about changes that could lock somebody out."""
        if self.options.confirm == "off":
            return {"guard": None}
        return {"guard": {"within": self.options.confirm_within}}

    def _open(self, play: Play, host: Host) -> tuple[Session, Renderer]:
        layers = self._layers(play, host)
        search = search_path(Path(self.playbook.path))
        become = bool(Renderer(for_host(**layers)).value(play.become))
        target = hosts.target(host, self.options, for_host(**layers), become, play.become_user)
        key = (host.name, target.become, target.become_user)
        with self._lock:
            session = self.sessions.setdefault(key, Session(target, self.secrets, self.report))
        facts = self._facts(session) if play.gather_facts else None
        return session, Renderer(for_host(**layers, facts=facts), search)

    def _facts(self, session: Session) -> dict[str, Any]:
        facts = session.facts()
        self.facts[session.name] = facts
        return facts

    def _layers(self, play: Play, host: Host) -> dict[str, Any]:
        base = Path(self.playbook.path).parent
        return {
            "host": host,
            "inventory": self.inventory,
            "play_vars": play.vars,
            "vars_files": [vars_file(base / name) for name in play.vars_files],
            "extra_vars": self.options.extra_vars,
            "others": {name: {"facts": facts} for name, facts in self.facts.items()},
            "playbook_dir": base.absolute(),
        }

    def _carry_out(self, prepared: Prepared, dry_run: bool) -> None:
        name = prepared.session.name
        try:
            status = prepared.session.play(
                self.run,
                prepared.message,
                prepared.composer,
                dry_run=dry_run,
                wait=self.options.wait,
            )
            self._worse(name, self._confirmed(prepared, status))
        except ConnectError as error:
            self._note(name, "unreachable", error)
        except HardenerError as error:
            self._note(name, "failed", error)

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

    def _note(self, name: str, status: str, error: HardenerError) -> None:
        fields = {key: getattr(error, key) for key in ("what", "where", "why", "hint")}
        self.report(Event("error", name, {"status": status, **fields}))
        self._worse(name, status)

    def _worse(self, name: str, status: str) -> None:
        with self._lock:
            now = self.statuses.get(name, "ok")
            self.statuses[name] = max(now, status, key=outcome.STATUSES.index)


def joined(mistakes: Sequence[HardenerError]) -> HardenerError:
    """Join the mistakes that rendering found for several hosts, each said once."""
    problems = [p for error in mistakes if isinstance(error, PlaybookError) for p in error.problems]
    rest = [error for error in mistakes if not isinstance(error, PlaybookError)]
    return PlaybookError(problems) if problems and not rest else (rest or list(mistakes))[0]


def search_path(playbook: Path) -> tuple[Path, ...]:
    """Where `src` and `template` are looked for: beside the playbook, its neighbours, what ships."""
    here = playbook.absolute().parent
    near = (here, here / "templates", here / "files", here.parent / "templates")
    return (*near, data_dir("templates"))


def batches(chosen: Sequence[Host], serial: Sequence[Any]) -> Iterator[Sequence[Host]]:
    """Split by `serial`: numbers or percentages, the last one repeated."""
    if not serial:
        yield chosen
        return
    rest, sizes = list(chosen), [size_of(each, len(chosen)) for each in serial]
    while rest:
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        yield rest[:size]
        rest = rest[size:]


def size_of(given: Any, total: int) -> int:
    text = str(given)
    if text.endswith("%"):
        return max(1, math.floor(total * float(text[:-1]) / 100))
    return max(1, int(text))
