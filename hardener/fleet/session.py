"""One host in a run: the conversation on its channel."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from hardener.connect import Channel, Connector, Meanwhile, Target, nothing
from hardener.connect.packing import Packed
from hardener.errors import ConnectError, ConnectionLost, HardenerError, HostError, PlaybookError
from hardener.events import Event, Report
from hardener.fleet import heard
from hardener.fleet.rights import Rights

if TYPE_CHECKING:
    from hardener.fleet.compose.composer import Composer
    from hardener.fleet.elsewhere.errand import Errand

    Player: TypeAlias = Composer | Errand
    """What answers to a host in the middle of a play."""

BEGIN = "begin"  # what a host says before its first change
PATIENCE = 300.0  # seconds for a word that only looks
UNFINISHED = (
    "it puts back by itself what it has not finished, if it can; "
    "`harden history` shows how it stands, and the next `harden apply` or `rollback` there sees to the rest"
)
STOPPED = "interrupted before it was begun"


class Session:
    """Opens the channel when it is first needed; every event that comes is reported."""

    def __init__(
        self, target: Target, connector: Connector, report: Report, profile: bool = False
    ) -> None:
        self.target = target
        self.profile = profile
        self.name = target.name
        self._connector = connector
        self._report = report
        self._channel: Channel | None = None
        self._facts: dict[str, Any] | None = None
        self.pledge: Mapping[str, Any] | None = None  # what must be confirmed: journal, within
        self.writes = False  # has the newest play, or rollback, begun to change the host?
        self.error: Mapping[str, Any] | None = None  # why the newest play did not end well
        self.results: Mapping[str, Any] = {}  # those that it last told of
        self.step = 0  # the number of the step that was begun last
        self._at = ""  # and its title
        self._playing, self._stopping = False, False
        self._begins = nothing
        self._turn = threading.Lock()  # of the two

    @property
    def channel(self) -> Channel:
        return self.open()

    def open(self, meanwhile: Meanwhile = nothing) -> Channel:
        """Connect, if nobody has."""
        if self._channel is None:
            self._channel = self._connector.open(self.target, meanwhile)
            self.say("connected", python=".".join(map(str, self._channel.hello.python)))
            self.took(self._channel.took)
        return self._channel

    @property
    def user(self) -> str:
        """As whom the host's code was asked to work; empty for whoever logs in."""
        return self.target.become_user if self.target.become else ""

    def rights(self) -> Rights:
        """Tell as whom the host's code works there."""
        channel = self.channel
        everything = channel.hello.euid == 0 or self.target.root is not None
        return Rights(everything=everything or channel.became, became=channel.became)

    @property
    def login(self) -> Mapping[str, Any]:
        """By what we are logged in there: connect/login_facts.py."""
        return self.channel.login

    def say(self, name: str, **data: Any) -> None:
        self._report(Event(name, self.name, data))

    def took(self, parts: Mapping[str, float]) -> None:
        """Say how long something took, if anybody wants to know."""
        if self.profile:
            self.say("took", parts=dict(parts))

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def hang_up(self) -> None:
        """Close the channel although the host may be at work, and another thread waits for it."""
        if self._channel is not None:
            self._channel.hang_up()

    def facts(self) -> dict[str, Any]:
        """Ask the host what it is, once."""
        if self._facts is None:
            for event in self.ask({"do": "facts"}):
                if self._facts is not None:
                    raise self.channel.senseless("it tells its facts twice")
                self._facts = dict(event["facts"])
            if self._facts is None:
                raise self.channel.senseless("it told no facts")
        return self._facts

    def announce(self, words: Mapping[str, Sequence[str]]) -> None:
        """Have the host load what a play will ask for, while we write the play (host/wire/loop.py)."""
        self.channel.send({"do": "load", **words})

    def play(
        self,
        run: str,
        play: Mapping[str, Any],
        composer: Player,
        begins: Callable[[], None] = nothing,
        **options: Any,
    ) -> str:
        """Have the host carry out a play; return its status (see host/run/engine.py).

        `begins` is called before it changes anything, if there is something to change and the play
        says that it is `noted`.
        """
        self.writes, self.step, self.results = False, 0, {}
        self._begins = begins
        message = {"do": "play", "run": run, "play": _head(play), **options}
        with self._lost(), self._stoppable(message, play["steps"]) as sent:
            return self._status(self._answers(message, composer)) if sent else "refused"

    def stop(self) -> None:
        """Have it begin no further step: what is under way comes to its end (host/wire/loop.py)."""
        with self._turn:
            self._stopping = True
            if self._playing:
                with contextlib.suppress(HardenerError):  # then it stops all the same
                    self.channel.send({"do": "stop"})

    @contextmanager
    def _stoppable(self, message: Mapping[str, Any], steps: Sequence[Packed]) -> Iterator[bool]:
        """Send a play, unless it was stopped before; it can be stopped until its answer is there."""
        channel = self.channel
        with self._turn:
            if self._stopping:
                self.error = {"what": STOPPED}
            else:
                channel.send(message, steps=steps)
                self._playing = True
        try:
            yield self._playing
        finally:
            with self._turn:
                self._playing = False

    def audit(self, play: Mapping[str, Any], composer: Player) -> str:
        """Have the host compare itself with a play; return its status (see host/run/audit.py)."""
        message = {"do": "audit", "play": _head(play)}
        with self._lost():
            self.channel.send(message, steps=play["steps"])
            return self._status(self._answers(message, composer))

    def do(self, word: str, **fields: Any) -> str:
        """Send another word whose answer ends with `done`, and return the status."""
        self.writes = word == "rollback" and not fields.get("dry_run")
        seconds = None if word in ("rollback", "ask") else PATIENCE
        with self._lost():
            return self._status(self.ask({"do": word, **fields}, report=True, seconds=seconds))

    @contextmanager
    def _lost(self) -> Iterator[None]:
        """Say where the host was when the link broke, and what becomes of it."""
        self._at = ""
        try:
            yield
        except ConnectionLost as error:
            error.where = f"{self.name}: {self._at}" if self._at else self.name
            error.hint = error.hint or (UNFINISHED if self.writes else "nothing was changed there")
            raise

    def _status(self, events: Iterator[dict[str, Any]]) -> str:
        status = "failed"
        for event in events:
            if event["event"] == "done":
                status, self.error = event["status"], event["error"]
                self.pledge = event if event.get("within") else None
        return status

    def ask(
        self,
        message: Mapping[str, Any],
        composer: Player | None = None,
        report: bool = False,
        seconds: float | None = PATIENCE,
    ) -> Iterator[dict[str, Any]]:
        """Send a message and yield the events of its answer; HostError for the host's error.

        `seconds` is how long the host may be silent; None where it may be at work for hours.
        """
        self.channel.send(message)
        yield from self._answers(message, composer, report, seconds)

    def _answers(
        self,
        message: Mapping[str, Any],
        composer: Player | None = None,
        report: bool = True,
        seconds: float | None = None,
    ) -> Iterator[dict[str, Any]]:
        failed: HardenerError | None = None
        for event in heard.events(self.channel, message["do"], seconds):
            if event["event"] == "error":
                failed = self._error(event)
            elif event["event"] == "agree" and event["stage"] == BEGIN:
                self._begin()
            elif event["event"] in ("resolve", "judge", "agree", "pace"):
                self._answer(event, composer)
            elif event["event"] == "told":
                self._heard(event, composer)
            else:
                self._follow(event)
                if event["event"] == "facts":
                    event["facts"]["login"] = self._of_login()
                if report:
                    self._report(Event(event["event"], self.name, _rest(event)))
                yield event
        if failed:
            raise failed

    def _begin(self) -> None:
        """Let it change something, from here on: that is noted first."""
        self._begins()
        self.writes = True
        self.channel.send({"go": True})

    def _of_login(self) -> dict[str, Any]:
        """Return what playbooks may ask of the login; what the client knows, by sshd's words for it."""
        offers = self.login.get("offers") or {}
        return {"kex_algorithms": [each for each in offers.get("kexalgorithms", ()) if each]}

    def _follow(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "started":
            self._at, self.step = event["title"], event["number"]
        if event["event"] == "phase" and event["phase"] == "apply":
            self.writes = True

    def _answer(self, event: Mapping[str, Any], composer: Player | None) -> None:
        """Tell the host what only the playbook knows; what can't be sent is told as an error."""
        if composer is None:
            raise self.channel.senseless("it asks of a play, and has none")
        self.results = event.get("results", self.results)
        if event["event"] != "agree" and event["number"] not in composer.steps:
            raise self.channel.senseless(f"it asks of step {event['number']}, which it has not got")
        try:
            self.channel.send(answer(event, composer))
        except ConnectError:
            raise
        except HardenerError as error:
            self.channel.send({"error": error.plain()})

    def _heard(self, event: Mapping[str, Any], composer: Player | None) -> None:
        """Keep the result of a step that this host does for all of its batch."""
        if composer is None or not composer.once or composer.once.host != self.name:
            raise self.channel.senseless("it tells a result that nobody waits for")
        step = composer.steps.get(event["number"])
        if step is None:
            raise self.channel.senseless(
                f"it tells of step {event['number']}, which it has not got"
            )
        composer.once.tell(step.key, event["stage"], event["result"])

    def _error(self, event: Mapping[str, Any]) -> HardenerError:
        where = f"{self.name}: {event['where']}" if event.get("where") else self.name
        return HostError(event["what"], where=where, why=event["why"], hint=event["hint"])


def answer(event: Mapping[str, Any], composer: Player) -> dict[str, Any]:
    """Say what only the playbook knows; a template that fails is told as an error."""
    try:
        if event["event"] == "resolve":
            return {"calls": composer.answer(event["number"], event["stage"], event["results"])}
        if event["event"] == "agree":
            return {"go": composer.agree(event["stage"], event["todo"])}
        if event["event"] == "pace":
            composer.pace(event["number"])
            return {"go": True}
        return {"verdict": composer.judge(event["number"], event["result"])}
    except PlaybookError as error:
        first, *more = error.problems
        place = f"{first.file}:{first.line}:{first.column}"
        rest = "\n".join([*first.shown, *map(str, more)])
        return {"error": {"what": first.what, "where": place, "why": rest, "hint": first.hint}}
    except HardenerError as error:
        return {"error": error.plain()}


def _head(play: Mapping[str, Any]) -> dict[str, Any]:
    """Return a play without its steps: they are packed, and go apart."""
    return {key: value for key, value in play.items() if key != "steps"}


def _rest(event: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "event"}
