"""Put back single resources of a run, also where its journal can't be gone by as a whole.

Of a damaged journal, what is proved to be as it was written counts. Its changes are compared
with what is there now: one that another followed, which is lost, is a conflict and no guess.
The journal is kept as it is; what was put back stands in the journal of this rollback.
"""

from hardener.host import lock
from hardener.host.apply import Apply
from hardener.host.errors import HostError
from hardener.host.preview import Preview
from hardener.host.rollback import Rollback, torn_before


def rollback(engine, target, run, only, force=(), dry_run=False, wait=0.0):
    """Undo what run `target` did to the resources `only` (`kind:id`); returns the status."""
    target = target or engine.newest()
    engine.store.require(target)
    if dry_run:
        stage = Preview(engine.kinds, engine.facts, run)
        return _put_back(engine, stage, target, only, force)
    with lock.held(engine.store, run, wait):
        engine.recover(run, besides=target)
        changes(engine, target, only)
        at = engine.system.now()
        about = {"what": "rollback", "of": target, "only": sorted(only)}
        engine.reserve.during(lambda: engine.remember(run, at, **about))
        with engine.store.journal(run) as journal:
            begin = {"is": "begin", "play": 0, "name": "rollback", "at": at}
            engine.reserve.during(lambda: journal.append(**begin))
            stage = Apply(engine.kinds, engine.facts, run, engine.store, journal)
            done = _put_back(engine, stage, target, only, force)
            word = "applied" if done == "rolled back" else "failed"
            engine.reserve.during(lambda: engine.end(journal, {"number": 0}, word))
            return done


def _put_back(engine, stage, target, only, force):
    left = finish(engine, stage, target, only, force)
    word = "partly rolled back" if left else "rolled back"
    return engine.done(word, {"undone": len(stage.changes)}, left=left)


def finish(engine, stage, target, only, force=()):
    """Undo these resources; return what is left. A journal that is whole is told what was undone."""
    with engine.store.journal(target) as source:
        records = changes(engine, target, only)
        back = Rollback(
            stage, engine.store.blobs, engine.report, force, during=engine.reserve.during
        )
        back.torn = torn_before(engine.store, target)
        told = stage.name == "apply" and not source.survey()[1]
        return back.run(records, lambda n: told and source.append(**{"is": "undone", "n": n}))


def changes(engine, target, only):
    """Return the records that count, of changes only those of these resources."""
    records, _ = engine.store.journal(target).survey()
    found = [r for r in records if r["is"] != "change" or r["resource"] in only]
    missing = set(only) - {r["resource"] for r in found if r["is"] == "change"}
    if missing:
        raise HostError(
            "run %s has no change of %s to go by" % (target, ", ".join(sorted(missing))),
            hint="`harden show %s` lists those that there are" % target,
        )
    return found
