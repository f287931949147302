"""The host's side of the conversation: read a message, do it, stream events back.

Ends when the pipe does. Every answer ends with `{"event": "end"}`; an error is
an event with the fields of errors.HostError; a bug is one with its traceback.
A message that is malformed is an error like any other: the next one is read. Where
nobody listens any more, or wants more, a play stops and is put back (see `tell`).
"""

import contextlib
import importlib

from hardener.host import facts
from hardener.host.door import disk
from hardener.host.door.system import System
from hardener.host.errors import HostError, LostFrame, ProtocolError
from hardener.host.run.engine import Engine
from hardener.host.wire.frames import Frames

ERROR = ("what", "where", "why", "hint")


def main(reader, writer, root="/"):
    """Serve the controller on a pair of binary files until it hangs up; True if it had to be given up."""
    frames = Frames(reader, writer)
    return Conversation(frames, System(root, hearing(frames))).serve()


def hearing(frames):
    """Return what watches the door: before a host is changed all that has been said goes out.

    The controller goes by the last that it has heard of a host that was lost.
    """

    def watch(operation, path):
        with contextlib.suppress(OSError):  # the next step is told, and does not begin
            frames.flush()

    return watch


class Controller:
    """Asks the controller what only the playbook can tell."""

    def __init__(self, conversation):
        self._tell = conversation.tell
        self._answer = conversation.answer

    def resolve(self, call, results):
        asked = {"event": "resolve", "number": call["number"], "stage": call["stage"]}
        asked["results"] = results
        return self._ask(asked, "calls", list)

    def judge(self, call, result):
        asked = {"event": "judge", "number": call["number"], "result": result}
        return self._ask(asked, "verdict", dict)

    def pace(self, number):
        return self._ask({"event": "pace", "number": number}, "go", bool)

    def agree(self, stage, todo):
        return self._ask({"event": "agree", "stage": stage, "todo": todo}, "go", bool)

    def _ask(self, message, key, kind):
        answer = self._answer() if self._tell(message) else None
        if answer is None:
            raise LostFrame("the controller hung up")
        error = answer.get("error")
        if isinstance(error, dict):
            raise HostError(*(str(error.get(name, "")) for name in ERROR))
        return field(answer, key, kind)


NUMBER = (int, float)
OPTIONAL = (str, type(None))


def field(message, name, kind):
    """Return a field of a message; raises ProtocolError where it is missing or of another type."""
    if name not in message:
        raise ProtocolError("a message lacks `%s`" % name)
    value = message[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ProtocolError("`%s` of a message is a %s" % (name, type(value).__name__))
    return value


def choice_of(message):
    """Return the Choice in a message; raises ProtocolError where it is none."""
    from hardener.host.undo.choice import Choice

    if not set(message) <= set(Choice._fields):
        raise ProtocolError("a choice holds something else than %s" % ", ".join(Choice._fields))
    for name in message:
        if not all(isinstance(word, str) for word in field(message, name, list)):
            raise ProtocolError("`%s` of a choice holds something else than text" % name)
    return Choice.of(message)


def load(message):
    """Load step types and checks, while the controller still writes the play that asks for them.

    What cannot be loaded is an error of that play.
    """
    with contextlib.suppress(Exception):
        for folder in ("steps", "checks"):
            for name in message[folder]:
                importlib.import_module("hardener.host.%s.%s" % (folder, name))


def takes(**types):
    """Say what a word takes, and of which types; nothing else is passed on to its method."""

    def decorate(method):
        names = method.__code__.co_varnames[1 : method.__code__.co_argcount]
        needed = names[: len(names) - len(method.__defaults__ or ())]

        def checked(self, message):
            unknown = sorted(set(message) - set(types))
            if unknown:
                raise ProtocolError("a message holds %.80r, which nobody asked for" % unknown[0])
            wanted = [name for name in types if name in needed or name in message]
            return method(self, **{name: field(message, name, types[name]) for name in wanted})

        return checked

    return decorate


class Conversation:
    """One connection; the words that it understands are its `on_…` methods."""

    def __init__(self, frames, system):
        self.frames = frames
        self.system = system
        self._facts = None
        self._heard = True
        self._stop = False  # does the controller want no further step?

    def tell(self, event):
        """Send an event; returns False where nobody listens any more, and from then on.

        So it does of a step that is about to start, where the controller has asked to stop, or is gone.
        """
        if event["event"] == "started" and self._asked_to_stop():
            return False
        if self._heard:
            try:
                self.frames.send(event)
            except OSError:
                self._heard = False
        return self._heard

    def _asked_to_stop(self):
        message = None if self._stop else self.frames.ahead()
        if message and message.get("do") == "stop":
            self.frames.receive()
            self._stop = True
        # What is written to somebody who is gone is lost without a word until a later write.
        return self._stop or self.frames.ended()

    def answer(self):
        """Return the controller's answer to what it was asked."""
        message = self.frames.receive()
        while message and message.get("do") == "stop":
            self._stop = True
            message = self.frames.receive()
        return message

    def serve(self):
        """Answer until the controller hangs up; True where what it sends makes no sense any more."""
        try:
            return self._serve()
        finally:
            with contextlib.suppress(OSError):
                self.frames.flush()

    def _serve(self):
        while True:
            try:
                message = self.frames.receive()
                if message is None:
                    return False
                if message.get("do") == "stop":
                    continue  # what it was to stop has ended meanwhile: nobody waits for an answer
                if message.get("do") == "load":
                    load(message)
                    continue  # nor here
                self._stop = False
                self._answer(message)
            except ProtocolError as error:
                self.tell(dict(error.data(), event="error"))
                if isinstance(error, LostFrame):
                    self.tell({"event": "end"})
                    return True
            self.tell({"event": "end"})

    def _answer(self, message):
        try:
            word = getattr(self, "on_" + str(message.pop("do", "")), None)
            if word is None:
                raise ProtocolError("a message says nothing that a host can do")
            word(message)
        except LostFrame:
            raise
        except Exception as error:  # noqa: BLE001 - a bug is told whole, and the loop lives on
            self.tell(dict(self._told(error), event="error"))

    def _told(self, error):
        """The error as data: with the fields of a HostError, or a bug with its traceback."""
        if isinstance(error, OSError) and error.errno in disk.WORDS:
            error = disk.said(self.system, error)
        if isinstance(error, HostError):
            return error.data()
        import traceback

        what = "%s: %s" % (type(error).__name__, error)
        why = traceback.format_exc()
        return {"type": "Bug", "what": what, "where": "", "why": why, "hint": ""}

    def engine(self, system=None):
        return Engine(system or self.system, self.facts(), self.tell, Controller(self))

    def facts(self):
        if self._facts is None:
            self._facts = facts.gather(self.system)
        return self._facts

    @takes()
    def on_facts(self):
        self.tell({"event": "facts", "facts": self.facts()})

    @takes(run=str, play=dict, steps=list, dry_run=bool, wait=NUMBER)
    def on_play(self, run, play, steps, dry_run=False, wait=0):
        self.engine().play(run, dict(play, steps=steps), dry_run, wait)

    @takes(checks=list, when=str)
    def on_ask(self, checks, when):
        self.engine().ask(checks, when)

    @takes(play=dict, steps=list)
    def on_audit(self, play, steps):
        self.engine(self.system.looking()).audit(dict(play, steps=steps))

    @takes(parts=list)
    def on_capture(self, parts):
        from hardener.host import capture
        from hardener.host.run.view import View

        engine = self.engine(self.system.looking())
        for step in capture.captured(parts, View(engine.kinds, engine.facts), engine.system):
            if "params" in step:
                self.tell(dict(step, event="captured"))
            else:
                self.tell(dict(step, event="not captured"))

    @takes(
        target=OPTIONAL, run=str, dry_run=bool, force=list, choice=dict, undone=list, wait=NUMBER
    )
    def on_rollback(self, target, run, dry_run=False, force=(), choice=None, undone=(), wait=0):
        engine, chosen = self.engine(), choice_of(choice or {})
        if any(chosen):
            from hardener.host.undo import salvage

            salvage.rollback(engine, target, run, chosen, tuple(force), dry_run, undone, wait)
        else:
            engine.rollback(target, run, dry_run, tuple(force), wait, undone)

    @takes()
    def on_snapshots(self):
        from hardener.host import snapshots

        snapshots.listed(self.engine(), self.tell)

    @takes(budget=dict, dry_run=bool, wait=NUMBER)
    def on_prune(self, budget, dry_run=False, wait=0):
        from hardener.host import snapshots

        snapshots.prune(self.engine(), budget, dry_run, wait)

    @takes(run=OPTIONAL, journal=OPTIONAL)
    def on_confirm(self, run=None, journal=None):
        from hardener.host.guard import confirm

        engine = self.engine()
        confirm.confirm(engine, run, journal)
        engine.done("confirmed", {})

    @takes(seconds=NUMBER, run=OPTIONAL)
    def on_extend(self, seconds, run=None):
        from hardener.host.guard import confirm

        engine = self.engine()
        confirm.extend(engine, run, seconds)
        engine.done("unconfirmed", {}, within=seconds)

    @takes(run=OPTIONAL)
    def on_status(self, run=None):
        from hardener.host.undo import history

        history.stands(self.engine(), run, self.tell)

    @takes()
    def on_history(self):
        from hardener.host.undo import history

        history.runs(self.engine(), self.tell)

    @takes(run=str)
    def on_show(self, run):
        from hardener.host.undo import history

        history.show(self.engine(), run, self.tell)

    @takes(run=str)
    def on_diff(self, run):
        from hardener.host.undo import history

        history.since(self.engine(), run, self.tell)
