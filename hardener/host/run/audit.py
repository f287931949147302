"""How far a host is from a play, step by step; nothing is locked, asked of checks, or written.

An audit is a preview that does not stop at the first step which fails, and that looks
through a door by which nothing can be written (`System.looking`).
"""

from hardener.host.errors import NOT_SEEN
from hardener.host.kinds.effect import Fired
from hardener.host.run.preview import Preview
from hardener.host.run.walk import Failed, HungUp, Walk
from hardener.host.steps.command import GUARDS

STATUSES = ("ok", "unseen", "differs", "failed")  # of a host: the worst of its steps
STEPS = {"changed": "differs", "ignored": "unknown", "rescued": "unknown", "elsewhere": "skipped"}
NO_RESULT = {"unknown": True, "failed": True, "changed": False, "skipped": False}
ONLY_RUN = "only its run tells: no guard says whether it is needed"
LINES, LONGEST = 20, 200  # of evidence
HARMLESS = "not run: it changes nothing (`changed_when: false`)"


class Audit(Preview):
    """Settles wants as a preview does; whether they may be written is not asked."""

    name = "audit"

    def __init__(self, kinds, facts, token, overlay=None):
        super().__init__(kinds, facts, token, overlay)
        self.view.shown = []

    def asks(self, when):
        return False

    def permit(self, kind, want, before, after):
        pass


class Comparison(Walk):
    """Goes on after a step that fails, and says of each how the host compares."""

    foreseen = False  # did the step want something that can be compared, and is another?
    seen = ()  # what it wants and is there: (Resource, State)

    def status(self):
        """The worst of what was said."""
        said = [word for word in STATUSES if self.counts.get(word)]
        return said[-1] if said else "ok"

    def _all(self, steps):
        for step in steps:
            try:
                super()._all([step])
            except HungUp:
                raise
            except Failed:
                if self.rescuable:
                    raise

    def step(self, step):
        """Of one that failed there is no result: what needs it is unknown, on other hosts too.

        Where not even its calls could be made out, this may not be the host that others wait for.
        """
        try:
            super().step(step)
        except HungUp:
            raise
        except Failed as failed:
            self.keep(step, dict(NO_RESULT), told=failed.call is step)
            raise

    def _calls(self, step):
        try:
            return super()._calls(step)
        except Failed as failed:
            self.stage.view.notes = []
            self._say(step, "failed", error=failed.error)
            raise

    def _handler(self, handler, resource, want):
        try:
            super()._handler(handler, resource, want)
        except HungUp:
            raise
        except Failed:
            pass  # said of its step

    def _generate(self, call, wants, changes):
        self.foreseen, self.seen = False, []
        return super()._generate(call, wants, changes)

    def _settle(self, call, want):
        changed = super()._settle(call, want)
        if not changed:
            self.seen.append((want.resource, want.state))
        if changed and not self._opaque(call, want):
            self.foreseen = True
        return changed

    def _opaque(self, call, want):
        """Does this change say only that something is done in every run?"""
        if self.stage.kinds.of(want.resource).opaque:
            return not any(call["params"].get(name) for name in GUARDS)
        return want.state == Fired(self.stage.view.token)

    def _conclude(self, call, changes, result, error, verdict):
        if isinstance(error, NOT_SEEN):
            return self._say(call, "unseen", changes, error=error)
        amiss = self.stage.view.amiss
        if amiss and not changes and not verdict["failed"]:
            why = "" if call.get("no_log") else "; ".join(amiss)
            return self._say(call, "differs", why=why, result=verdict)
        if not changes or verdict["failed"]:
            return super()._conclude(call, changes, result, error, verdict)
        if self.foreseen:
            return self._say(call, "differs", changes, result=verdict)
        if call.get("never_changed"):
            return self._say(call, "skipped", why=HARMLESS, result={"unknown": True})
        return self._say(call, "unknown", changes, why=ONLY_RUN, result={"unknown": True})

    def more(self, call):
        return dict(super().more(call), seen=self._evidence(call))

    def _evidence(self, call):
        """What of a step with controls is as it should be; nothing of what is secret."""
        wanted = call.get("controls") and not call.get("no_log")
        kinds, view = self.stage.kinds, self.stage.view
        found = [
            (resource, 0, kinds.of(resource).evidence(resource.id, state))
            for resource, state in (self.seen if wanted else ())
            if not kinds.of(resource).effect
        ]
        found += view.shown if wanted else ()
        self.seen, view.shown = (), []
        return [
            {"resource": str(resource), "line": line, "state": shortened(lines)}
            for resource, line, lines in found
            if not kinds.secrecy.holds(resource)
        ]

    def _say(self, call, status, changes=(), **more):
        if status in ("unknown", "unseen") and changes and self.foreseen:
            status = "differs"
        if changes:
            self.stage.view.shown = []  # it shows the host as it would be
        said = super()._say(call, STEPS.get(status, status), changes, **more)
        return dict(said, unknown=said["unknown"] or said["status"] == "unseen")


def shortened(lines):
    """Cut what a host shows of itself: LINES of LONGEST characters each."""
    more = ["(%d more lines)" % (len(lines) - LINES)] if len(lines) > LINES else []
    return [line[:LONGEST] for line in lines[:LINES]] + more
