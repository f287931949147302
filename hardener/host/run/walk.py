"""Run the steps of a play through a stage (preview, convergence, apply).

This is the only loop over steps; stages differ in `settle` alone, so a preview
is the apply that does not write.
"""

from hardener.host import steps
from hardener.host.door import disk
from hardener.host.errors import (
    HostError,
    NotApplicable,
    Restless,
    StepError,
    Unknown,
    hidden,
    hidden_bug,
)
from hardener.host.resource import Resource
from hardener.host.run.registered import registered, told_by_another
from hardener.host.run.unknowns import Unknowns, leaves

NOT_APPLICABLE = "not applicable"
SKIPPED = ("skipped", "off", NOT_APPLICABLE)  # nothing was done, and nothing went wrong


class Failed(Exception):
    """A step failed and its block or play stops here; `error` says why, `result` what a command said."""

    def __init__(self, error, call, result=None):
        super().__init__(str(error))
        self.error = error
        self.call = call
        self.result = result or {}

    def told(self):
        """What is known of it by a rescue, or by the play of another host."""
        error = self.error.data()
        return dict(self.result, failed=True, msg=error["what"], why=error["why"])


class HungUp(Failed):
    """Nobody listens any more, or wants more."""


class Walk:
    """One pass over a play.

    `resolve(step, results)` gives the concrete calls of a step whose parameters
    wait for earlier results; `judge(call, result)` lets the playbook's
    `changed_when`, `failed_when` and `until` decide. `report(event)` is told of each, and
    returns False where nobody listens any more, or wants more: then nothing more is begun. `ask(call, when)`
    asks the checks of a play or step, and raises HostError.
    """

    def __init__(self, play, stage, resolve, judge, report, ask=lambda call, when: None):
        self.play = play
        self.stage = stage
        self.resolve = resolve
        self.judge = judge
        self.report = report
        self.ask = ask
        self.pace = lambda number: None  # waits until a step may begin
        self.extra = {"play": play.get("number", 0)}  # what every call of this walk carries
        self.results = {}
        self.notified = {}  # handler name → wants of the steps that notify it
        self.called = set()  # names of those that `changed_when` fires, whatever was written
        self.open = set()  # (number, title) of calls whose result only the apply will tell
        self.unknown = Unknowns()
        self.counts = {}
        self.rescuable = 0  # blocks around the step that have a rescue

    def run(self):
        """Do all steps, then the handlers that are owed; raises Failed."""
        self._all(self.play["steps"])
        self.handlers()

    def _all(self, steps):
        for step in steps:
            if "block" in step:
                self._block(step)
            elif "errands" in step:
                self._errands(step)
            else:
                self.step(step)

    def _errands(self, part):
        """Do what the play of another host has done here, step by step; what came of it is judged there."""
        for asked in iter(lambda: self._calls(part), []):
            failed = self._tried(asked)
            if failed:
                self.results["told"] = failed.told()

    def _block(self, block):
        """Do the steps of a block; if one fails, those of its rescue; at last, in any case, `always`."""
        failed = self._rescued(block) if block["rescue"] else self._tried(block["block"])
        failed = self._tried(block["always"]) or failed
        if failed:
            raise failed

    def _rescued(self, block):
        self.rescuable += 1
        known = len(self.open)
        failed = self._tried(block["block"])
        self.rescuable -= 1
        if not failed:
            if len(self.open) > known:
                self._unforeseen(block)
            return None
        task = {
            "name": failed.call.get("name", failed.call["title"]),
            "where": failed.call.get("where", ""),
        }
        self.results["ansible_failed_task"] = task
        self.results["ansible_failed_result"] = failed.told()
        return self._tried(block["rescue"])

    def _unforeseen(self, block):
        """Say of the steps of a rescue that only the apply will tell whether they run."""
        for step in leaves(block["rescue"]):
            self.stage.view.notes = []
            self._say(step, "unknown", why="only if «%s» fails" % block["title"])

    def _tried(self, steps):
        """Return what ended these steps, or None.

        Where nobody wants more nothing is rescued, nor where two steps would fight for ever.
        """
        try:
            self._all(steps)
        except HungUp:
            raise
        except Failed as failed:
            if isinstance(failed.error, Restless):
                raise
            return failed
        return None

    def step(self, step):
        """Do all calls of a step: the one, or one for each item of its loop."""
        self.pace(step["number"])
        results = []
        try:
            calls = self._calls(step)
            head = {key: each for key, each in step.items() if key != "calls"}
            for item, call in enumerate(calls):
                whole = dict(head, item=item)
                whole.update(call, **self.extra)
                results.append(self._one(whole))
        except HungUp:
            raise
        except Failed as failed:
            self._register(step, registered(results + [failed.told()], step))
            raise
        told = told_by_another(calls)
        self.keep(step, told or registered(results, step), told)

    def keep(self, step, result, told=None):
        """Register the result of a step, and pass it on where other hosts wait for it."""
        if step.get("once") and not told:
            self.report(
                {
                    "event": "told",
                    "number": step["number"],
                    "stage": self.stage.name,
                    "result": result,
                }
            )
        self._register(step, result)

    def _register(self, step, result):
        if step.get("register"):
            self.results[step["register"]] = result

    def _calls(self, step):
        if "calls" in step:
            return step["calls"]
        try:
            return self.resolve(dict(step, stage=self.stage.name), self.results)
        except HostError as error:
            raise Failed(error, step)

    def _one(self, call):
        """Do one call, again while `until` does not hold."""
        self.stage.view.notes = []
        if call.get("skip"):
            return self._say(call, call.get("as", "skipped"), why=call["skip"])
        if call.get("unknown"):
            return self._say(call, "unknown", why=call["unknown"])
        if call.get("elsewhere"):
            return self._elsewhere(call, dict({"changed": False, "failed": False}, **call["came"]))
        self.stage.laps.begin()
        self.stage.view.attempt = 0
        retries = call.get("retries", 0)
        for left in range(retries, -1, -1):
            counted = dict(call, attempts=retries - left + 1) if retries else call
            result = self._quietly(counted, last=not left)
            if not result.get("retry"):
                break
            self.stage.kinds.system.sleep(call.get("delay", 5))
        if self.play.get("profile"):
            self._took(call)
        return result

    def _elsewhere(self, call, came):
        """Take what came of a call on another host (`delegate_to`) for the result of this one."""
        if self.stage.name != "apply" and (came["changed"] or came.get("unknown")):
            self.open.add((call["number"], call["title"]))
        self._notify(call, [], False, came)
        if came["failed"]:
            why = StepError(came.get("msg", ""), call["elsewhere"], came.get("why", ""))
            return self._conclude(call, [], came, why, came)
        return self._say(call, "elsewhere", why="on %s" % call["elsewhere"], result=came)

    def _took(self, call):
        about = {"event": "took", "number": call["number"], "title": call["title"]}
        self.report(dict(about, parts=self.stage.laps.taken()))

    def _quietly(self, call, last):
        """Attempt a call; a bug in one that is secret is told without its words."""
        try:
            return self._attempt(call, last)
        except (Failed, HostError, OSError):  # the last is the journal's: no words of the step
            raise
        except Exception as error:
            if call.get("no_log"):
                raise hidden_bug(error) from None
            raise
        finally:
            self.stage.view.end()

    def _attempt(self, call, last):
        started = {"event": "started", "number": call["number"], "title": call["title"]}
        if self.report(started) is False:
            raise HungUp(HostError("the controller wants no more, or is away"), call)
        view = self.stage.view
        view.begin(call)
        wants, changes, result, error = [], [], {}, None
        self.stage.ended()
        try:
            view.become(call.get("become_user"))
            self._ask(call, "preflight")
            result = self._generate(call, wants, changes) or {}
            self.stage.ended()
            if changes:
                self._ask(call, "verify")
        except Unknown as unknown:
            return self._say(call, "unknown", changes, why=unknown.what, because=unknown.why)
        except HostError as caught:
            error, result = caught, getattr(caught, "outcome", {})
        except OSError as caught:
            error = disk.said(self.stage.kinds.system, caught)
        if error and view.secret:
            error = hidden(error)
        if not changes and call.get("if_possible") and isinstance(error, NotApplicable):
            return self._say(call, NOT_APPLICABLE, why=error.what, because=error.why)
        verdict = self._verdict(call, changes, result, error)
        if verdict["failed"] or verdict.get("retry"):
            self.stage.broke()
        if verdict.get("retry") and not last:
            view.again()
            return verdict
        self._notify(call, wants, bool(changes), verdict)
        return self._conclude(call, changes, result, error, verdict)

    def _ask(self, call, when):
        if self.stage.asks(when):
            self.ask(call, when)

    def _generate(self, call, wants, changes):
        """Drive the step's generator; every want goes through the stage."""
        plan = steps.load(call["type"])(steps.Params(call["params"]), self.stage.view)
        told = None
        while True:
            try:
                want = plan.send(told)
            except StopIteration as end:
                return end.value
            wants.append(want)
            changed = self._settle(call, want)
            if changed:
                changes.append(changed)
            told = self.stage.result(want)

    def _settle(self, call, want):
        secrecy = self.stage.kinds.secrecy
        secrecy.note(call, want)
        try:
            change = self.stage.settle(call, want)
        except OSError as error:
            raise disk.said(self.stage.kinds.system, error, str(want.resource))
        except HostError as error:
            error.where = error.where or str(want.resource)
            if isinstance(error, Unknown) or call.get("no_log") or not secrecy.holds(want.resource):
                raise  # a secret step hides it once its result is known
            raise hidden(error)
        return change and change.shown(self.stage.kinds.of(want.resource))

    def _verdict(self, call, changes, result, error):
        if self.stage.name != "apply" and changes:
            self.open.add((call["number"], call["title"]))
        known = (call["number"], call["title"]) not in self.open
        result = dict(result, changed=bool(changes), failed=error is not None, unknown=not known)
        if "attempts" in call:
            result["attempts"] = call["attempts"]
        if call.get("judged") and known and not isinstance(error, Restless):
            result.update(self.judge(call, result))
        elif call.get("never_changed"):
            result["changed"] = False
        return result

    def _notify(self, call, wants, wrote, verdict):
        """Tell handlers what to look at: all that the step wants, unless `changed_when` knows better.

        Of a step that failed, its last want is what failed.
        """
        if call.get("never_changed") or (wrote and not verdict["changed"]):
            return
        for name in call.get("notify", ()):
            self.notified.setdefault(name, []).extend(wants[:-1] if verdict["failed"] else wants)
            if verdict["changed"] and not wrote:
                self.called.add(name)

    def _conclude(self, call, changes, result, error, verdict):
        if verdict["failed"]:
            error = error or StepError("failed_when says that it failed")
            ignored = call.get("ignore_errors", False) and not isinstance(error, Restless)
            word = "ignored" if ignored else "rescued" if self.rescuable else "failed"
            said = self._say(call, word, changes, error=error, result=verdict)
            if not ignored:
                raise Failed(error, call, said)
            return said
        return self._say(call, "changed" if verdict["changed"] else "ok", changes, result=verdict)

    def _say(self, call, status, changes=(), why="", because="", error=None, result=None):
        self.counts[status] = self.counts.get(status, 0) + 1
        event = {
            "event": "step",
            "stage": self.stage.name,
            "number": call["number"],
            "title": call["title"],
            "type": call["type"],
            "where": call.get("where", ""),
            "controls": call.get("controls", []),
            "status": status,
            "changes": list(changes),
            "notes": [] if call.get("no_log") else list(self.stage.view.notes),
            "why": why,
            "because": because,
            "error": error and error.data(),
        }
        event.update(self.more(call))
        self.report(event)
        known = {"unknown": status == "unknown"}
        if known["unknown"]:
            self.unknown.add(call)
        if status in SKIPPED:
            known.update(changed=False, failed=False)
        if error:
            known.update(msg=error.what, why=error.why)
        known.update(result or {}, status=status, skipped=status in SKIPPED)
        known.pop("retry", None)  # said to the walk alone
        return dict(known, **call.get("of_item", {}))

    def more(self, call):
        """What is told of a step only in some runs: why it is there, if the playbook says that."""
        return {"about": call["about"]} if call.get("about") else {}

    def handlers(self):
        """Fire what was notified by a change, or is still owed from an earlier run."""
        for handler in self.play.get("handlers", ()):
            view, resource = self.stage.view, Resource("handler", handler["name"])
            inputs = [want for name in handler["names"] for want in self.notified.get(name, ())]
            maybe = self.unknown.why(handler)
            if self.called.intersection(handler["names"]):
                self._handler(handler, resource, view.once(resource))
            elif inputs:
                self._handler(handler, resource, view.effect(resource, inputs))
            elif maybe:
                for step in leaves(handler["steps"]):
                    self._say(step, "unknown", why=maybe)

    def _handler(self, handler, resource, want):
        view = self.stage.view
        if view.read(resource) == want.state:
            return
        self.stage.owe(resource, view.read(resource))
        within = self._within(handler)
        done = [dict(step, calls=within._calls(step)) for step in handler["steps"]]
        # Noted before it begins: one that breaks half way is run again by the rollback.
        call = dict(self.extra, title=handler["name"], calls=done, answers=handler["names"])
        self.stage.settle(call, want, work=lambda: [within.step(step) for step in done])

    def _within(self, handler):
        """The walk over a handler's own steps."""
        within = type(self)(self.play, self.stage, self.resolve, self.judge, self.report, self.ask)
        within.results, within.counts, within.open = self.results, self.counts, self.open
        within.notified, within.called, within.unknown = self.notified, self.called, self.unknown
        within.pace = self.pace
        within.extra = dict(self.extra, handler=handler["name"], answers=handler["names"])
        return within
