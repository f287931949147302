"""Remove runs so that a kill or a power cut at any point leaves no half one.

1. A line of history for each, in `removed.jsonl`, synced. It counts once the run is gone.
2. `run.json` of each, synced: from now on there is no such run, and nobody undoes it.
3. What nobody needs any more: blobs, archives of packages, code.
4. The folders. One that is still there makes the next removal finish this one.
"""

from hardener.host.snapshots import code


def remove(engine, survey, chosen):
    """Remove these snapshots, [(snapshot, why)], and whatever nobody needs."""
    store, gone = engine.store, [each for each, _ in chosen]
    if chosen:
        _note(engine, chosen)
        for each in gone:
            store.system.scratch().unlink(store.path("runs", each.run, "run.json"))
        for each in gone:  # after the first of these, the others find nothing to write
            store.system.keep_names(store.path("runs", each.run))
    if survey.damaged:
        return  # nothing was chosen, and what is left over may be needed
    _sweep(survey, gone)
    code.sweep(engine, [each for each in survey.found if each not in gone])
    for run in [each.run for each in gone] + survey.folders:
        store.system.scratch().clear(store.path("runs", run))


def _note(engine, chosen):
    with engine.store.removals() as journal:
        for each, why in chosen:
            line = {
                "is": "removed",
                "run": each.run,
                "number": each.number,
                "at": each.at,
                "what": each.what,
                "of": each.of,
                "playbook": each.playbook,
                "status": each.status,
                "changes": each.changes,
                "standing": each.standing,
                "removed": engine.system.now(),
                "why": why,
            }
            write = journal.append if each is chosen[-1][0] else journal.note
            engine.reserve.during(lambda write=write, line=line: write(**line))


def _sweep(survey, gone):
    folders = {}
    for name in survey.unneeded(gone):
        folder, _, file = name.rpartition("/")
        folders.setdefault(folder, []).append(file)
    for folder in sorted(folders):
        survey.store.system.unlink_all(survey.store.path(folder), sorted(folders[folder]))
    for kind in survey.kinds():
        kind.forget()
