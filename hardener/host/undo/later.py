"""What was made later out of what is to be undone: where the two can't be told apart, all is refused.

Asked before anything is put back: a rollback that stops half way for it would help nobody.
"""

from hardener.host.errors import JournalError, Refused
from hardener.host.record.store import FORWARD
from hardener.host.resource import parse
from hardener.host.run.preview import Preview
from hardener.host.undo.rollback import Rollback, standing


def require_free(engine, target, records, force=(), undone=()):
    """Raise Refused where a later run, or a later step that is left, stands in the way.

    `records` are those of run `target` with no more changes than are to be undone; the runs
    `undone` count as undone already.
    """
    later = _later(engine, target, records, undone)
    if not set(later) - set(force):
        return
    stage = Preview(engine.kinds, engine.facts, "look")
    predict(engine, stage, undone)
    left = Rollback(stage, engine.store.blobs, lambda event: None, force).run(
        records, lambda n: None
    )
    stuck = sorted({resource for resource, word, _ in left if word == "conflict"} & set(later))
    if stuck:
        raise Refused(
            "run %s can't be undone so: of what it changed, something else was made" % target,
            why="\n".join("%s by %s" % (each, _who(target, *later[each])) for each in stuck),
            hint=_hint(target, [later[each] for each in stuck], stuck),
        )


def predict(engine, stage, runs):
    """Have a preview take these runs as undone, newest first."""
    for run in runs:
        records = engine.store.journal(run).survey()[0]
        Rollback(stage, engine.store.blobs, lambda event: None).run(records, lambda n: None)
    del stage.changes[:]  # they are not its own


def _later(engine, target, records, undone):
    """Return {resource: (run, change) that came to it last}."""
    mine = {}
    for change in standing(records)[0]:
        if not engine.kinds.of(parse(change["resource"])).effect:
            mine.setdefault(change["resource"], change["n"])
    numbers = {change["n"] for change in standing(records)[0]}
    found = {
        change["resource"]: (target, change)
        for change in standing(engine.store.journal(target).survey()[0])[0]
        if change["n"] not in numbers and change["n"] > mine.get(change["resource"], change["n"])
    }
    for run in _runs_after(engine.store, target, undone):
        for change in standing(engine.store.journal(run).survey()[0])[0]:
            if change["resource"] in mine:
                found[change["resource"]] = (run, change)
    return found


def _runs_after(store, target, undone):
    runs = store.runs()
    return [
        run for run in runs[runs.index(target) + 1 :] if run not in undone and _adds(store, run)
    ]


def _adds(store, run):
    """Does it add changes? Of one that can't be read any more nobody knows, so it counts."""
    try:
        return store.about(run)["what"] in FORWARD
    except JournalError:
        return True


def _who(target, run, change):
    where = "a later step" if run == target else "run %s" % run
    return "%s («%s»)" % (where, change["step"])


def _hint(target, later, stuck):
    runs = sorted({run for run, _ in later if run != target}, reverse=True)
    steps = sorted({change["step"] for run, change in later if run == target})
    ways = ["`harden rollback %s` undoes all of them" % " ".join(runs + [target])] if runs else []
    ways += ["`--step '%s'` undoes that one too" % step for step in steps]
    ways += ["`--force %s` puts back what was there before, all the same" % each for each in stuck]
    return "; ".join(ways)
