"""What each host of a play is sent: connected, rendered and checked before any host begins."""

from __future__ import annotations

import importlib
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardener.connect import Connector, Laps, Target
from hardener.connect.packing import Packed, packed
from hardener.dataclass import dataclass, field, replace
from hardener.errors import HardenerError
from hardener.events import Report
from hardener.fleet import hosts
from hardener.fleet.compose.titles import title_of_group
from hardener.fleet.compose.values import flag, number, size, strategy
from hardener.fleet.elsewhere.errand import PART, Errand
from hardener.fleet.elsewhere.errands import Errands
from hardener.fleet.elsewhere.once import Once
from hardener.fleet.options import Options
from hardener.fleet.plan import Plan
from hardener.fleet.rights import Rights
from hardener.fleet.session import Session
from hardener.inventory import Host, Inventory
from hardener.inventory.nearest import did_you_mean
from hardener.playbook import Play, Playbook
from hardener.playbook.files import search_path
from hardener.playbook.unfold import Unfolded
from hardener.render import Renderer
from hardener.render.scope import Variables
from hardener.render.variables import for_host, vars_file

if TYPE_CHECKING:
    from hardener.fleet.compose.composer import Composer
    from hardener.fleet.compose.fixed import Fixed

COMPOSING = ("fleet.compose.composer", "fleet.compose.unfold")
RENDERING = "render.environment"


@dataclass
class Prepared:
    """A host that is connected, and the play as it is sent there; `status` and `why` say how it ended."""

    session: Session
    composer: Composer | Errand
    message: dict[str, Any]
    status: str = ""
    why: str = ""
    between: Sequence[dict[str, Any]] = ()  # checks that are asked before the next batch
    lost: bool = False  # the host is: this is what a rescue has done elsewhere (lost.py)
    wrote: bool | None = None  # had it begun to change the host when its worker was lost?

    def again(self) -> None:
        """Have a plan carried out although it has begun there: the worker that had it was lost."""
        if "plan" in self.message:
            self.message["plan"]["again"] = True


@dataclass
class Preparation:
    """Opens the sessions of a run, one for each host and user, and composes plays for them."""

    playbook: Playbook
    inventory: Inventory
    options: Options
    connector: Connector
    report: Report
    plan: Plan | None = None
    sessions: dict[tuple[str, bool, str], Session] = field(default_factory=dict)
    said: dict[str, dict[str, Any]] = field(default_factory=dict)  # {host: {"facts": …}}
    once: dict[int, Once] = field(
        default_factory=lambda: defaultdict(Once)
    )  # by number of the play
    fixed: dict[int, Fixed] = field(default_factory=lambda: defaultdict(_fixed))
    unfolded: dict[int, Unfolded] = field(default_factory=lambda: defaultdict(Unfolded))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def connect(self, number: int, play: Play, host: Host) -> Session:
        """Open the session of a host for a play, and learn its facts."""
        session = self._session_for(play, host, None)
        session.open(partial(self._foresee, number, play))
        if play.gather_facts:
            laps = Laps()
            self.said[host.name] = {"facts": session.facts()}
            laps.end("facts")
            session.took(laps.took)
        session.announce(self._words_of(play))
        return session

    def _foresee(self, number: int, play: Play) -> None:
        """Do what needs no host while the first one is waited for."""
        load(*COMPOSING)
        steps = [each for each in play.steps if self.options.choice.takes(each, play)]
        if not self.fixed[number].foresee(steps):
            load(RENDERING)

    def _words_of(self, play: Play) -> dict[str, list[str]]:
        """Name the step types and checks that a play may ask for."""
        steps = {each.type for each in play.steps if self.options.choice.takes(each, play)}
        checks = {each.type for each in (*play.preflight, *play.verify)}
        return {"steps": sorted(steps), "checks": sorted(checks)}

    def _session_for(self, play: Play, host: Host, become: bool | None) -> Session:
        """Return the session of a host for a play, or for a step that has a `become` of its own."""
        variables = for_host(**self._layers(play, host))
        renderer = Renderer(variables)
        if become is None:
            become = flag(renderer.value(play.become), play.place.at("become"))
        user = str(renderer.value(play.become_user, play.place.at("become_user")))
        return self._session(hosts.target(host, self.options, variables, become, user))

    def _elsewhere(
        self, play: Play, own: Session, name: str, become: object, place: str
    ) -> Session | None:
        """Return the session of the host where a step is done (`delegate_to`); None if it is this one."""
        try:
            host = self.inventory.host(name)
        except KeyError:
            known = [*self.inventory.hosts, self.inventory.localhost.name]
            hint = did_you_mean(name, known)
            raise HardenerError(f"there is no host {name!r}", where=place, hint=hint) from None
        session = self._session_for(play, host, None if become is None else flag(become, place))
        return None if ground(session) == ground(own) and session.user == own.user else session

    def errand(self, asked: Prepared, session: Session, errand: Errand) -> Prepared:
        """Return the play of a host for what the play of another has done there."""
        of, play = errand.composer.host, asked.message
        number = self._number(of, play["number"], asked.lost)
        message = {
            "number": number, "name": f"{play['name']} (for {of})", "steps": [part(of)],
            "playbook": play["playbook"], "on_failure": play["on_failure"], "snapshots": None,
            "together": True, "handlers": errand.composer.handlers_at(session),
        }  # fmt: skip
        held = {}
        if self.plan and not asked.lost:
            held = {"plan": self.plan.wish(session.name, number, message)}
        login = self._login(session, errand)
        made = Prepared(session, errand, {**message, **self._guard(), **login, **held})
        if play.get("plan", {}).get("again"):
            made.again()
        return made

    def grounds(self, prepared: Prepared) -> frozenset[tuple[str, ...]]:
        """Return where a play makes changes: on its host, and where that has something done."""
        errands = prepared.composer.errands if not isinstance(prepared.composer, Errand) else None
        elsewhere = errands.sessions if errands else set()
        return frozenset(map(ground, {prepared.session, *elsewhere}))

    def _number(self, host: str, number: int, lost: bool) -> int:
        """Number such a play so that it is the same in every run, and no other's."""
        known = sorted({*self.inventory.hosts, self.inventory.localhost.name})
        return number + len(self.playbook.plays) * (1 + known.index(host) + lost * len(known))

    def compose(self, number: int, play: Play, host: Host, session: Session) -> Prepared:
        """Render the play for a host; what others said of themselves is known by now."""
        from hardener.fleet.compose.checks import asked
        from hardener.fleet.compose.composer import Composer
        from hardener.fleet.compose.unfold import Groups

        laps, facts = Laps(), self.said[host.name]["facts"] if play.gather_facts else None
        layers = self._layers(play, host, facts)
        renderer = Renderer(
            for_host(**layers), search_path(play.file), allow_pipe=self.options.allow_pipe
        )
        extra = frozenset(self.options.extra_vars)
        if play.waits:
            play = self.unfolded[number].of(
                play, Groups(play, renderer, extra, self.options.choice).uses
            )
        composer = Composer(
            play, number, renderer, self.options.choice, self._rights(session), extra,
            self.once[number], Errands(host.name, partial(self._elsewhere, play, session)),
            self.fixed[number],
        )  # fmt: skip
        message = composer.message(self.playbook.path)
        laps.end("render")
        plan = {"plan": self.plan.wish(host.name, number, message)} if self.plan else {}
        login = self._login(session, composer)
        profile = {"profile": True} if self.options.profile else {}
        between = [asked(check, composer.at_last()) for check in play.check_between]
        session.took(laps.took)
        message |= {**self._guard(), **login, **plan, **profile}
        return Prepared(session, composer, message, between=between)

    def _rights(self, session: Session) -> Rights:
        """Of who only looks nothing is asked: what is not seen is told."""
        return Rights() if self.options.looks_only else session.rights()

    def _session(self, target: Target) -> Session:
        key = (target.name, target.become, target.become_user)
        with self._lock:
            return self.sessions.setdefault(
                key, Session(target, self.connector, self.report, self.options.profile)
            )

    def _guard(self) -> dict[str, Any]:
        """What the host is to do about changes that could lock somebody out."""
        if self.options.confirm == "off":
            return {"guard": None}
        return {"guard": {"within": self.options.confirm_within}}

    def _login(self, session: Session, composer: Composer | Errand) -> dict[str, Any]:
        """What the host needs to know of our login, to judge whether the next one would come through."""
        if not self.options.look_ahead:
            return {}
        return {"login": {**session.login, "via": composer.confirm_via()}}

    def _layers(
        self, play: Play, host: Host, facts: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        layers = {
            "host": host,
            "inventory": self.inventory,
            "play_vars": play.vars,
            "extra_vars": self.options.extra_vars,
            "others": self.said,
            "playbook_dir": Path(self.playbook.path).parent.absolute(),
            "facts": facts,
        }
        return {**layers, "vars_files": read_vars_files(play, layers)}


def load(*names: str) -> None:
    """Import what composes or renders a play; before its hosts are reached nobody needs it."""
    for name in names:
        importlib.import_module(f"hardener.{name}")


def _fixed() -> Fixed:
    from hardener.fleet.compose.fixed import Fixed

    return Fixed()


def read_vars_files(play: Play, layers: Mapping[str, Any]) -> list[Variables]:
    """Read a play's files of variables; where facts are not known yet, those that they name wait."""
    found: list[Variables] = []
    for index, name in enumerate(play.vars_files):
        renderer = Renderer(for_host(**layers, vars_files=found))
        if layers["facts"] is None and play.gather_facts and "facts" in renderer.needs(name):
            continue
        place = play.place.at("vars_files", index)
        rendered = renderer.value(name, place)
        names = [str(each) for each in (rendered if isinstance(rendered, list) else [rendered])]
        paths = [play.file.parent / each for each in names]
        path = next((each for each in paths if each.is_file()), None)
        if path is None:
            hint = f"looked for {', '.join(map(str, paths))}"
            raise HardenerError(f"there is no file {' or '.join(names)}", where=place, hint=hint)
        found.append(vars_file(path))
    return found


def ground(session: Session) -> tuple[str, ...]:
    """Tell hosts apart by where their changes would be made: this machine may have many names."""
    target = session.target
    return ("local", target.root or "") if target.kind == "local" else ("", target.name)


def part(host: str) -> Packed:
    """The only part of a play that does the errands of a host: the host's walk asks for them."""
    head = {"number": PART, "title": f"what {host} has done here", "type": "", "where": ""}
    return packed({"errands": host, **head})


def settled(play: Play, extra_vars: Mapping[str, object]) -> Play:
    """Render what a play says of all of its hosts: which, how many at a time, when to stop."""
    renderer, at = Renderer({**play.vars, **extra_vars}), play.place.at
    limit = renderer.value(play.max_fail_percentage, at("max_fail_percentage"))
    chosen = renderer.value(play.hosts, at("hosts"))
    return replace(
        play,
        name=title_of_group(play, renderer),
        hosts=",".join(map(str, chosen)) if isinstance(chosen, list) else str(chosen),
        serial=tuple(
            size(renderer.value(each, at("serial")), at("serial")) for each in play.serial
        ),
        max_fail_percentage=None
        if limit is None
        else str(number(limit, at("max_fail_percentage"))),
        pause_between=int(
            number(renderer.value(play.pause_between, at("pause_between")), at("pause_between"))
        ),
        strategy=strategy(renderer.value(play.strategy, at("strategy")), at("strategy")),
        any_errors_fatal=flag(
            renderer.value(play.any_errors_fatal, at("any_errors_fatal")), at("any_errors_fatal")
        ),
        gather_facts=flag(
            renderer.value(play.gather_facts, at("gather_facts")), at("gather_facts")
        ),
    )
