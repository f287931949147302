"""Put back a part of a run, also where its journal can't be gone by as a whole.

Of a damaged journal, what is proved to be as it was written counts. Its changes are compared
with what is there now: one that another followed, which is lost, is a conflict and no guess.
The journal is kept as it is; what was put back stands in the journal of this rollback.
"""

from hardener.host.errors import HostError
from hardener.host.record import lock
from hardener.host.run.apply import Apply
from hardener.host.run.preview import Preview
from hardener.host.undo import later
from hardener.host.undo.choice import notified
from hardener.host.undo.rollback import Rollback, standing, torn_before

SHOWN = "`harden show %s` lists those that there are"


def rollback(engine, target, run, choice, force=(), dry_run=False, undone=(), wait=0.0):
    """Undo the changes of run `target` that the choice names; returns the status."""
    target = target or engine.newest()
    engine.store.require(target)
    if dry_run:
        stage = Preview(engine.kinds, engine.facts, run)
        undone = engine.store.still(undone)
        require(engine, target, choice, force, undone)
        later.predict(engine, stage, undone)
        return _put_back(engine, stage, target, choice, force)
    with lock.held(engine.store, run, wait):
        engine.recover(run, besides=target)
        require(engine, target, choice, force)
        at = engine.system.now()
        about = {"what": engine.store.reverse(target), "of": target, "only": choice.data()}
        engine.reserve.during(lambda: engine.remember(run, at, **about))
        with engine.store.journal(run) as journal:
            begin = {"is": "begin", "play": 0, "name": "rollback", "at": at}
            engine.reserve.during(lambda: journal.append(**begin))
            stage = Apply(engine.kinds, engine.facts, run, engine.store, journal)
            done = _put_back(engine, stage, target, choice, force)
            word = "applied" if done == "rolled back" else "failed"
            engine.reserve.during(lambda: engine.end(journal, {"number": 0}, word))
            return done


def require(engine, target, choice, force=(), undone=()):
    """Raise HostError where the choice names nothing, Refused where something was made of it since."""
    records = engine.store.journal(target).survey()[0]
    changes = [r for r in records if r["is"] == "change"]
    missing = choice.missing(changes)
    if missing:
        like = choice.meant(missing[0], changes)
        raise HostError(
            "run %s has no change of %s to go by" % (target, ", ".join(missing)),
            hint="did you mean `%s`?" % like if like else SHOWN % target,
        )
    later.require_free(engine, target, chosen(records, choice), force, undone)


def _put_back(engine, stage, target, choice, force):
    engine.warn_of(chosen(engine.store.journal(target).survey()[0], choice))
    left = finish(engine, stage, target, choice, force)
    word = "partly rolled back" if left else "rolled back"
    return engine.done(word, {"undone": len(stage.changes)}, left=left)


def finish(engine, stage, target, choice, force=()):
    """Undo what is chosen; return what is left. A journal that is whole is told what was undone."""
    with engine.store.journal(target) as source:
        records, damage = source.survey()
        back = Rollback(
            stage, engine.store.blobs, engine.report, force, during=engine.reserve.during
        )
        back.torn = torn_before(engine.store, target)
        told = stage.name == "apply" and not damage
        owed = _owed(records, choice)
        return back.run(
            chosen(records, choice),
            lambda n: told and n not in owed and source.append(**{"is": "undone", "n": n}),
        )


def chosen(records, choice):
    """Return the records that count, of changes only those that are meant."""
    meant = choice.changes([r for r in records if r["is"] == "change"])
    return [r for r in records if r["is"] != "change" or r in meant]


def _owed(records, choice):
    """Return the numbers of what handlers did for changes that are left, too: it stands, fired again."""
    changes = standing(records)[0]
    meant = choice.changes(changes)
    left = [change for change in changes if change not in meant]
    return {change["n"] for change in meant if notified(left, change)}
