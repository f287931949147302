"""The host's side of the conversation: read a message, do it, stream events back.

Ends when the pipe does. Every answer ends with `{"event": "end"}`; an error is
an event with the fields of errors.HostError; a bug is one with its traceback.
"""

from hardener.host import facts, history
from hardener.host.engine import Engine
from hardener.host.errors import HostError, ProtocolError
from hardener.host.frames import Frames
from hardener.host.guard import confirm
from hardener.host.system import System


def main(reader, writer, root="/"):
    """Serve the controller on a pair of binary files until it hangs up."""
    Conversation(Frames(reader, writer), System(root)).serve()


class Controller:
    """Asks the controller what only the playbook can tell."""

    def __init__(self, frames):
        self._frames = frames

    def resolve(self, call, results):
        return self._ask({"event": "resolve", "number": call["number"], "results": results})[
            "calls"
        ]

    def judge(self, call, result):
        return self._ask({"event": "judge", "number": call["number"], "result": result})["verdict"]

    def _ask(self, message):
        self._frames.send(message)
        answer = self._frames.receive()
        if answer is None:
            raise ProtocolError("the controller hung up")
        if "error" in answer:
            raise HostError(**answer["error"])
        return answer


class Conversation:
    """One connection; the words that it understands are its `on_…` methods."""

    def __init__(self, frames, system):
        self.frames = frames
        self.system = system
        self._facts = None

    def serve(self):
        while True:
            message = self.frames.receive()
            if message is None:
                return
            self._answer(message)
            self.frames.send({"event": "end"})

    def _answer(self, message):
        word = getattr(self, "on_" + str(message.get("do")), None)
        try:
            if word is None:
                raise ProtocolError("unknown word %r" % (message.get("do"),))
            word(**{key: value for key, value in message.items() if key != "do"})
        except HostError as error:
            self.frames.send(dict(error.data(), event="error"))
        except Exception as error:  # noqa: BLE001 - a bug is told whole, and the loop lives on
            import traceback

            self.frames.send(
                {
                    "event": "error",
                    "type": "Bug",
                    "what": "%s: %s" % (type(error).__name__, error),
                    "where": "",
                    "why": traceback.format_exc(),
                    "hint": "",
                }
            )

    def engine(self):
        return Engine(self.system, self.facts(), self.frames.send, Controller(self.frames))

    def facts(self):
        if self._facts is None:
            self._facts = facts.gather(self.system)
        return self._facts

    def on_facts(self):
        self.frames.send({"event": "facts", "facts": self.facts()})

    def on_play(self, run, play, dry_run=False, wait=0):
        self.engine().play(run, play, dry_run, wait)

    def on_rollback(self, target, run, dry_run=False, force=(), wait=0):
        self.engine().rollback(target, run, dry_run, tuple(force), wait)

    def on_confirm(self, run=None, journal=None):
        engine = self.engine()
        confirm.confirm(engine, run, journal)
        engine.done("confirmed", {})

    def on_extend(self, seconds, run=None):
        engine = self.engine()
        confirm.extend(engine, run, seconds)
        engine.done("unconfirmed", {}, within=seconds)

    def on_status(self, run):
        engine = self.engine()
        engine.done(engine.status(run), {})

    def on_history(self):
        history.runs(self.engine(), self.frames.send)

    def on_show(self, run):
        history.show(self.engine(), run, self.frames.send)

    def on_diff(self, run):
        history.since(self.engine(), run, self.frames.send)

    def on_checks(self, calls):
        from hardener.host import checks

        for call in calls:
            trouble = checks.ask(call, self.system)
            self.frames.send(
                {
                    "event": "check",
                    "when": "health",
                    "title": call["title"],
                    "ok": not trouble,
                    "why": trouble or "",
                }
            )
