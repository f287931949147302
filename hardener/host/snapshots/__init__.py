"""What runs keep on this host so that they can be undone, how much of it may stay, and how the rest goes.

A budget (budget.py) says what is too much; the survey (survey.py) says which run holds what, and
which is never removed: one that is not over, failed, is damaged or undone in part, and the newest
that can be undone. Removal (removal.py) keeps a line of history of each. Call under the lock.
"""

import contextlib

from hardener.host.door.disk import said
from hardener.host.errors import HostError
from hardener.host.record import lock
from hardener.host.snapshots import budget as budgets


def listed(engine, send):
    """Send one `snapshot` event a run, oldest first, and a `snapshots` event for all of them."""
    from hardener.host.snapshots.survey import Survey

    survey = Survey(engine)
    held = survey.held()
    for each in survey.found:
        send(
            {
                "event": "snapshot",
                "run": each.run,
                "at": each.at,
                "what": each.what,
                "of": each.of,
                "playbook": each.playbook,
                "status": each.status,
                "bytes": held[each.run][0],
                "alone": held[each.run][1],
                "undoable": each.undoable,
                "kept": each.kept,
            }
        )
    send({"event": "snapshots", "runs": len(survey.found), "bytes": survey.total})


def prune(engine, given, dry_run=False, wait=0.0):
    """Remove what is over a budget that somebody gives now; returns the status."""
    budget = budgets.read(given)
    with contextlib.ExitStack() if dry_run else lock.held(engine.store, "snapshots", wait):
        gone = _tidy(engine, budget, dry_run)
    word = "ok" if not gone else "pending" if dry_run else "changed"
    return engine.done(word, {"removed": len(gone)})


def after(engine, given):
    """Remove what is over the budget of a run that has ended well, which nothing here can change."""
    try:
        budget = budgets.read(given)
        if budgets.exceeded(engine.store, budget):
            _tidy(engine, budget)
    except Exception as error:  # noqa: BLE001 - whatever breaks, the run stands as it is
        if isinstance(error, OSError):
            error = said(engine.system, error)
        what = error.what if isinstance(error, HostError) else "%s: %s" % (type(error), error)
        why = "older ones could not be removed: " + what
        engine.report({"event": "phase", "phase": "snapshots", "why": why})


def _tidy(engine, budget, dry_run=False):
    """Remove, tell what it was, and return it."""
    from hardener.host.snapshots import removal  # most runs end within their budget
    from hardener.host.snapshots.survey import Survey

    survey = Survey(engine)
    chosen, spared = budget.chosen(survey, engine.system.now())
    freed = survey.freed([each for each, _ in chosen]) + survey.left_over
    if not dry_run:
        removal.remove(engine, survey, chosen)
    if chosen or freed or spared:
        engine.report(
            {
                "event": "pruned",
                "stage": "preview" if dry_run else "apply",
                "runs": [{"run": each.run, "why": why} for each, why in chosen],
                "bytes": freed,
                "kept": [{"run": each.run, "why": each.kept} for each in spared],
            }
        )
    return chosen
