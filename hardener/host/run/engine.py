"""One play on this host: preflight, plan twice, apply, verify; or put everything back.

The only place that knows the order of a run. Everything is reported as events
(plain dicts) through `report`.
"""

import contextlib

from hardener.host.door import disk
from hardener.host.errors import HostError, Refused
from hardener.host.guard import play as guarding
from hardener.host.guard import state as guarded
from hardener.host.guard import unit
from hardener.host.kinds import Kinds
from hardener.host.record import lock
from hardener.host.record.store import FORWARD, Store
from hardener.host.run import asking, planned
from hardener.host.run.apply import Apply
from hardener.host.run.preview import Convergence, Preview
from hardener.host.run.reserve import Reserve
from hardener.host.run.walk import Failed, Walk
from hardener.host.undo import later, rescue
from hardener.host.undo.rollback import Rollback, standing, torn_before, words


class Engine:
    """Runs plays and rollbacks on one host.

    `controller` answers what only the playbook knows: `resolve(call, results)` and
    `judge(call, result)`; and `agree(stage, todo)`, `pace(number)` what only other hosts know.
    """

    def __init__(self, system, facts, report, controller, store=None):
        self.system = system
        self.store = store or Store(system)
        self.kinds = Kinds(system, self.store)
        self.reserve = Reserve(system, self.store)
        self.facts = facts
        self.report = report
        self.controller = controller
        self.guard = guarding.Unguarded()

    # plays

    def play(self, run, play, dry_run=False, wait=0.0):
        """Do one play; returns its status.

        ok, changed, pending (a dry run with something to do), refused (nothing was
        changed), unconfirmed (undone by the guard unless it is confirmed in time), rolled
        back, partly rolled back, failed (and kept as it is).
        """
        with contextlib.ExitStack() if dry_run else lock.held(self.store, run, wait):
            if not dry_run:
                self.recover(run)
            return self._play(run, play, dry_run)

    def ask(self, checks, when):
        """Ask checks, and do nothing else; returns `ok` or `failed`."""
        try:
            self._ask({when: checks}, when)
        except HostError as error:
            return self.done("failed", {}, error)
        return self.done("ok", {})

    def audit(self, play):
        """Compare this host with a play, and do nothing else; returns its status: audit.STATUSES."""
        from hardener.host.run.audit import Audit, Comparison

        stage = Audit(self.kinds, self.facts, "audit")
        walk = Comparison(play, stage, self.controller.resolve, self.controller.judge, self.report)
        walk.run()
        return self.done(walk.status(), walk.counts)

    def _play(self, run, play, dry_run):
        counts = {}
        try:
            self._checks(play, "preflight")
            predicted = self._plan(run, play, counts)
            self._as_planned(run, play, predicted)
            self._warn(play, predicted)
            todo = bool(predicted.changes or counts.get("unknown"))
            if todo or play.get("together"):
                self._require_room(play, predicted)
            todo = self._agreed(play, "preview", todo)
        except Failed as failed:
            return self.done("refused", counts, failed.error)
        if dry_run:
            return self.done("pending" if predicted.changes else "ok", counts)
        if not todo:
            return self._unchanged(play, counts)
        if play.get("noted"):
            self.controller.agree("begin", True)  # it notes that this host may be changed
        return self._apply(run, play, predicted, counts)

    def _agreed(self, play, stage, todo):
        """Is there something to do, here or where a part of it is done? Raises Failed if one can't."""
        if not play.get("together"):
            return todo
        try:
            return self.controller.agree(stage, todo)
        except HostError as error:
            raise Failed(error, play)

    def _as_planned(self, run, play, predicted):
        """Raise Failed where a plan says something else, or was carried out already.

        `again`: the link was lost in the middle of it. It was put back then, or had come to its end.
        """
        wish = play.get("plan")
        began = wish and "changes" in wish and self.store.began(run, play["number"])
        try:
            if began and not wish.get("again"):
                raise Refused("this plan was applied already", hint="make a new plan")
            if predicted.changes or not began:
                planned.compare(wish, play["number"], predicted.changes, self.report)
        except Refused as error:
            raise Failed(error, play)

    def _warn(self, play, predicted):
        """Say which changes could cut the way in, and what guards it; raise Failed for one that would."""
        risky = sorted({str(change.resource) for change in predicted.changes if change.risk})
        if risky and self.system.live:
            from hardener.host.access import ahead

            risk = {"event": "risk", "resources": risky, "guard": play.get("guard")}
            try:
                self.report(dict(risk, unasked=ahead.look(predicted, play.get("login"))))
            except HostError as error:
                raise Failed(error, play)

    def warn_of(self, records):
        """Say which of the changes that are to be undone could cut the way in."""
        risky = sorted({r["resource"] for r in standing(records)[0] if r.get("risk")})
        if risky and self.system.live:
            why = "put back without a guard"
            self.report({"event": "risk", "resources": risky, "guard": None, "why": why})

    def _unchanged(self, play, counts):
        """Nothing to do: no run is recorded, but the host must be well all the same."""
        try:
            self._checks(play, "verify")
        except Failed as failed:
            return self.done("failed", counts, failed.error)
        self.tidy(play.get("snapshots"))
        return self.done("ok", counts)

    def _checks(self, play, when):
        try:
            self._ask(play, when)
        except HostError as error:
            raise Failed(error, play)

    def _ask(self, owner, when):
        asking.ask(owner, when, self.system, self.report)

    def _plan(self, run, play, counts):
        """Predict the play, then prove that a second run would change nothing."""
        preview = Preview(self.kinds, self.facts, run)
        walk = self._walk(play, preview, self.report)
        try:
            walk.run()
        finally:
            counts.update(walk.counts)
        preview.unknown = walk.unknown
        if not preview.changes:
            return preview  # this was the second run: it would ask the same host once more
        again = Convergence(self.kinds, self.facts, run, preview.overlay)
        again.view.adopt(preview.view)
        second = self._walk(play, again, self._failures)
        second.open = walk.open
        second.run()
        return preview

    def _require_room(self, play, preview):
        try:
            self.reserve.require(self.kinds, preview.changes)
        except HostError as error:
            raise Failed(error, play)
        except OSError as error:
            raise Failed(disk.said(self.system, error), play)

    def _walk(self, play, stage, report):
        return Walk(play, stage, self.controller.resolve, self.controller.judge, report, self._ask)

    def _failures(self, event):
        if event.get("status") == "failed" or event["event"] == "took":
            self.report(event)

    def _apply(self, run, play, predicted, counts):
        self.guard = guarding.of(self.system, self.store, run, play.get("guard"))
        with self.store.journal(run) as journal:
            try:
                self._begin(run, play, predicted, journal)
            except OSError as error:
                self.reserve.release()
                return self.done("refused", counts, disk.said(self.system, error))
            except HostError as error:
                self.end(journal, play, "rolled back")
                return self.done("refused", counts, error)
            return self._carry_out(run, play, predicted, journal)

    def _begin(self, run, play, predicted, journal):
        """Have all on the disk, and the guard armed, that must be there before the first change."""
        self.reserve.take(run)
        at = self.system.now()
        self.remember(run, at, what="apply", playbook=play.get("playbook", ""))
        if self.system.live:
            rescue.write(self.system, self.store)
        start = {"is": "begin", "play": play["number"], "name": play["name"], "at": at}
        more = {"boot": lock.boot_id(self.system), "snapshots": play.get("snapshots")}
        journal.append(**dict(start, **more))
        self.guard.foresee(predicted.changes, journal)
        self.store.blobs.keep_ahead(predicted.changes)
        for resource, state in predicted.owed:
            self.store.record_generation(resource, state.generation)

    def remember(self, run, at, **about):
        """Record a run, and the code that may be needed to undo it."""
        self.store.begin(run, dict(about, at=at, code=rescue.code(self.system, self.store)))

    def _carry_out(self, run, play, predicted, journal):
        self.report({"event": "phase", "phase": "apply"})
        coming = zip(predicted.changes, predicted.joining)
        stage = Apply(self.kinds, self.facts, run, self.store, journal, self.guard, coming)
        walk = self._walk(play, stage, self.report)
        if play.get("paced"):
            walk.pace = self.controller.pace
        try:
            walk.run()
            stage.announced.drop()
            self._agreed(play, "handlers", True)
            self._checks(play, "verify")
            self._agreed(play, "apply", True)
            within = self._ended(journal, play, "applied")
        except Failed as failed:
            return self._failed(play, journal, walk, failed.error)
        except OSError as error:
            return self._failed(play, journal, walk, disk.said(self.system, error))
        except BaseException as error:
            self._failed(
                play, journal, walk, HostError("stopped: %s" % (error or type(error).__name__))
            )
            raise
        self._compare(predicted, walk.stage)
        if not within:
            self.tidy(play.get("snapshots"))
        status = guarded.UNCONFIRMED if within else "changed" if walk.stage.changes else "ok"
        return self.done(status, walk.counts, journal=journal.last, within=within)

    def _ended(self, journal, play, word):
        """End the play, or leave it to its guard: return the seconds in which to confirm it, or None."""
        return self.guard.ended(word, lambda *a, **more: self.end(journal, play, *a, **more))

    def _compare(self, predicted, applied):
        """Promise 2: what was predicted is what was done; of several changes the last one counts.

        A step that was called unknown has foretold nothing, nor has one that was tried again.
        """
        expected = {change.resource: change.after for change in predicted.changes}
        found = {change.resource: change for change in applied.changes}
        for resource, change in found.items():
            if change.number in applied.view.repeated or predicted.unknown.hold(change):
                continue
            if expected.get(resource) != change.after:
                self.report(
                    {
                        "event": "diverged",
                        "resource": str(resource),
                        "why": "the preview predicted something else",
                    }
                )

    def _failed(self, play, journal, walk, error):
        self.reserve.during(walk.stage.announced.drop)
        if play.get("on_failure") == "keep":
            within = self._ended(journal, play, "failed")
            return self.done("failed", walk.counts, error, journal=journal.last, within=within)
        self.report({"event": "phase", "phase": "rollback", "why": error.what})
        left = self.undo(journal, lambda record: record.get("play") == play["number"])
        left += self._noted(journal, play, "partly rolled back" if left else "rolled back")
        self.guard.undone()
        return self.done("partly rolled back" if left else "rolled back", walk.counts, error, left)

    def _noted(self, journal, play, status):
        """Note how a rollback ended; return what is left to do where the disk takes not even that."""
        try:
            self.reserve.during(lambda: self.end(journal, play, status))
        except OSError as error:
            return [("the journal", "failed", words(disk.said(self.system, error)))]
        return []

    def undo(self, journal, chosen=lambda record: True):
        """Undo the chosen changes of a run, into its own journal; returns what is left."""
        records = journal.records()
        picked = [r for r in records if r["is"] != "change" or chosen(r)]
        stage = Apply(self.kinds, self.facts, "undo-%d" % len(records), self.store, journal)
        during, blobs = self.reserve.during, self.store.blobs
        back = Rollback(stage, blobs, self.report, within=True, during=during)
        return back.run(picked, lambda n: journal.append(**{"is": "undone", "n": n}))

    def end(self, journal, play, status, **more):
        """Write how a play, or what was done to the run since, has ended."""
        end = {"is": "end", "play": play["number"], "status": status, "at": self.system.now()}
        journal.append(**dict(end, **more))
        if status != guarded.UNCONFIRMED:
            self.reserve.release()

    def done(self, status, counts, error=None, left=(), journal="", within=None):
        """Report how it ended, and return that word; `within` is for one that must be confirmed."""
        self.report(
            {
                "event": "done",
                "status": status,
                "counts": counts,
                "error": error and error.data(),
                "left": [list(item) for item in left],
                "journal": journal,
                "within": within,
            }
        )
        return status

    def tidy(self, budget):
        """Remove the oldest snapshots beyond the budget of a run that has ended well, if it has one."""
        if budget:
            from hardener.host import snapshots

            snapshots.after(self, budget)

    def recover(self, run, asked=(), besides=None):
        """Finish what earlier runs left half done (see recovery.py)."""
        from hardener.host.undo.recovery import Recovery

        return Recovery(self).recover(run, asked, besides)

    # rollback of a finished run

    def rollback(self, target, run, dry_run=False, force=(), wait=0.0, undone=()):
        """Undo run `target` (a rollback is itself a run, `run`); returns the status.

        `undone` are runs that a dry run takes as undone before.
        """
        with contextlib.ExitStack() if dry_run else lock.held(self.store, run, wait):
            waiting = [target] if target else self.store.opened()
            if not dry_run and self.recover(run, waiting) and target is None:
                return self.done("rolled back", {})
            target = target or self.newest()
            self.store.require(target)
            undone = self.store.still(undone)
            with self.store.journal(target) as source:
                later.require_free(self, target, source.records(), force, undone)
                if dry_run:
                    stage = Preview(self.kinds, self.facts, run)
                    later.predict(self, stage, undone)
                    return self._rollback(stage, target, source, force, lambda n: None)
                return self._roll_back(target, source, run, force)

    def _roll_back(self, target, source, run, force):
        during, at = self.reserve.during, self.system.now()
        during(lambda: self.remember(run, at, what=self.store.reverse(target), of=target))
        with self.store.journal(run) as journal:
            begin = {"is": "begin", "play": 0, "name": "rollback", "at": at}
            during(lambda: journal.append(**begin))
            stage = Apply(self.kinds, self.facts, run, self.store, journal)
            done = self._rollback(
                stage, target, source, force, lambda n: source.append(**{"is": "undone", "n": n})
            )
            word = "applied" if done == "rolled back" else "failed"
            during(lambda: self.end(source, {"number": 0}, done))
            unit.disarm(self.system, target)
            during(lambda: self.end(journal, {"number": 0}, word))
            return done

    def status(self, run):
        from hardener.host.undo.recovery import status

        return status(self.store.journal(run).records())

    def newest(self):
        """Return the newest run that still has something to undo and is no mere rollback."""
        for run in reversed(self.store.runs()):
            if (
                self.store.about(run).get("what") in FORWARD
                and standing(self.store.journal(run).records())[0]
            ):
                return run
        raise HostError("there is no run to roll back on this host")

    def _rollback(self, stage, target, source, force, mark):
        back = Rollback(stage, self.store.blobs, self.report, force, during=self.reserve.during)
        back.torn = torn_before(self.store, target)
        self.warn_of(source.records())
        left = back.run(source.records(), mark)
        word = "partly rolled back" if left else "rolled back"
        self.done(word, {"undone": len(stage.changes)}, left=left)
        return word
