"""The word that keeps a guarded run: said by a fresh login, as root, and in time."""

from hardener.host.errors import Busy, Refused
from hardener.host.guard import state, unit
from hardener.host.record import lock


def pending(store):
    """Return the run that waits for its confirmation, or None."""
    for run in store.opened():
        if state.read(store.journal(run).records()).waits:
            return run
    return None


def busy(run, left):
    return Busy(
        "run %s waits for its confirmation, %d seconds more" % (run, left),
        hint="`harden confirm %s` keeps it, `harden rollback %s` undoes it now" % (run, run),
    )


def confirm(engine, run, seen=None):
    """Keep the run; `seen` is the hash of the journal that the controller was told of.

    Raises Refused where nothing waits, it is too late, or the run went on since.
    """
    with lock.held(engine.store, run or "confirm", 10):
        run, journal, now = _waiting(engine, run)
        with journal:
            if seen and seen != journal.tip():
                raise Refused("run %s is not as you have seen it" % run)
            engine.end(journal, {"number": 0}, now.then)
        unit.disarm(engine.system, run)
        engine.store.close([run])
        engine.tidy(_budget(journal.records()) if now.then == "applied" else None)


def _budget(records):
    """Return what the last play of the run said of older snapshots."""
    return [r for r in records if r["is"] == "begin"][-1].get("snapshots")


def extend(engine, run, seconds):
    """Count anew: `seconds` from now, whatever was left (gNMI's set rollback duration)."""
    with lock.held(engine.store, run or "extend", 10):
        run, journal, _ = _waiting(engine, run)
        with journal:
            deadline = engine.system.clock() + seconds
            boot = lock.boot_id(engine.system)
            journal.append(**{"is": "extended", "deadline": deadline, "boot": boot})


def _waiting(engine, run):
    """Return (run, its journal, its state); a past deadline is past, although the guard may be late."""
    run = run or pending(engine.store)
    if run is None:
        raise Refused("no run waits for a confirmation on this host")
    engine.store.about(run)
    journal = engine.store.journal(run)
    now = state.read(journal.records())
    if not now.waits:
        raise Refused("run %s waits for no confirmation" % run, why=engine.status(run))
    if not now.left(engine.system):
        raise Refused("it is too late to confirm run %s: it is being undone" % run)
    return run, journal, now
