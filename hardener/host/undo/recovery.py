"""What earlier runs left: one that was killed is undone, one that waits refuses every other."""

from hardener.host.errors import JournalError
from hardener.host.guard import confirm, unit
from hardener.host.guard import state as guarded
from hardener.host.kinds.base import IRREVERSIBLE
from hardener.host.resource import parse
from hardener.host.run.apply import Apply
from hardener.host.undo.rollback import Rollback, standing, torn_before


def unfinished(records):
    """Is there something to undo: it broke off, or nobody confirmed it?"""
    return status(records) in ("unfinished", guarded.UNCONFIRMED)


def status(records):
    """Return what stands: unfinished, or the word of the last end."""
    open_plays = 0
    word = "unfinished"
    for record in records:
        if record["is"] == "begin":
            open_plays += 1
        if record["is"] == "end":
            open_plays, word = 0, record["status"]
    return "unfinished" if open_plays or not records else word


class Recovery:
    """Looks through the runs of an engine's host that may not have come to their end."""

    def __init__(self, engine, disarm=unit.disarm):
        self.engine = engine
        self.disarm = disarm

    def recover(self, run, asked=(), besides=None):
        """Finish what a killed run left half done: undo its changes; return the runs that were so.

        One that waits for its confirmation refuses every other, until its time is over; `asked`
        are those that somebody wants undone now, `besides` is left as it is.
        """
        recovered, waiting = [], []
        self.engine.store.sweep()
        for other in self.engine.store.opened():
            if other == besides:
                waiting.append(other)
                continue
            with self.engine.store.journal(other) as journal:
                records = journal.records(but=("change", "done"))
                left = guarded.read(records).left(self.engine.system)
                if left and other not in asked:
                    raise confirm.busy(other, left)
                if left:
                    waiting.append(other)
                elif unfinished(records) and (other != run or standing(journal.records())[0]):
                    self._recover(other, journal)
                    recovered.append(other)
        over = [run for run in self.engine.store.opened() if run not in waiting]
        self.engine.reserve.during(lambda: self.engine.store.close(over))
        if not waiting:
            self.engine.reserve.release()
        return recovered

    def _recover(self, run, journal):
        why = (
            "was not confirmed in time"
            if guarded.read(journal.records(but=("change", "done"))).waits
            else "was interrupted"
        )
        self.engine.report({"event": "phase", "phase": "recover", "why": "run %s %s" % (run, why)})
        self.engine.store.blobs.sweep()
        left = self._finish(run, journal)
        if any(status != IRREVERSIBLE for _, status, _ in left):
            raise JournalError(
                "run %s %s and could not be undone whole" % (run, why),
                why="\n".join("%s: %s" % (item[0], item[2]) for item in left),
                hint="`harden rollback %s` tries again; `--force RESOURCE` overrides a conflict"
                % run,
            )
        word = "rolled back" if self._is_apply(run) else "applied"
        word = "partly rolled back" if left else word  # the playbook had allowed for that
        self.engine.reserve.during(lambda: self.engine.end(journal, {"number": 0}, word))
        self.disarm(self.engine.system, run)

    def put_back_at_rest(self, run):
        """Undo what lies on the disk alone: what a guard does in a boot, before any program runs."""
        with self.engine.store.journal(run) as journal:
            self.engine.undo(
                journal, lambda record: self.engine.kinds.of(parse(record["resource"])).at_rest
            )

    def _is_apply(self, run):
        return self.engine.store.about(run)["what"] == "apply"

    def _finish(self, run, journal):
        """Undo an interrupted apply; carry on an interrupted rollback."""
        if self._is_apply(run):
            return self.engine.undo(journal)
        about = self.engine.store.about(run)
        target = about["of"]
        if "only" in about:
            from hardener.host.undo import salvage
            from hardener.host.undo.choice import Choice

            stage = Apply(self.engine.kinds, self.engine.facts, run, self.engine.store, journal)
            return salvage.finish(self.engine, stage, target, Choice.of(about["only"]))
        with self.engine.store.journal(target) as source:
            stage = Apply(self.engine.kinds, self.engine.facts, run, self.engine.store, journal)
            during = self.engine.reserve.during
            back = Rollback(stage, self.engine.store.blobs, self.engine.report, during=during)
            back.torn = torn_before(self.engine.store, target)
            left = back.run(source.records(), lambda n: source.append(**{"is": "undone", "n": n}))
            word = "partly rolled back" if left else "rolled back"
            during(lambda: self.engine.end(source, {"number": 0}, word))
            return left
