"""What this host remembers: its runs, the changes of one, what has moved since."""

from hardener.host import codec
from hardener.host.errors import JournalError
from hardener.host.recovery import status
from hardener.host.resource import parse
from hardener.host.rollback import followed, standing


def runs(engine, send):
    """Send one `run` event a run, oldest first; what is damaged is said to be."""
    for run in engine.store.runs():
        records, damage = engine.store.journal(run).survey()
        try:
            about = engine.store.about(run)
        except JournalError as error:
            about, damage = {}, error
        send(
            {
                "event": "run",
                "run": run,
                "at": about.get("at"),
                "what": about.get("what", "apply"),
                "of": about.get("of", ""),
                "playbook": about.get("playbook", ""),
                "status": "damaged" if damage else status(records),
                "changes": sum(r["is"] == "change" and not r.get("undoes") for r in records),
                "standing": len(standing(records)[0]),
            }
        )


def show(engine, run, send):
    """Send every change of a run with its difference, as `recorded` events.

    Raises JournalError at the end where that is not all.
    """
    engine.store.require(run)
    records, damage = engine.store.journal(run).survey()
    left = {record["n"] for record in standing(records)[0]}
    for record in records:
        if record["is"] == "change":
            send(_recorded(engine, record, record["n"] in left))
    if damage:
        raise damage
    send({"event": "run", "run": run, "status": status(records)})


def _recorded(engine, record, stands):
    kind, before, after = _states(engine, record)
    diff = kind.diff(parse(record["resource"]).id, before, after)
    return {
        "event": "recorded",
        "n": record["n"],
        "resource": record["resource"],
        "title": record["step"],
        "where": record["where"],
        "reverse": record["reverse"],
        "stands": stands,
        "diff": ["  ********"] if record["secret"] else diff,
    }


def since(engine, run, send):
    """Send what is otherwise now than the run left it, as `drift` events."""
    run = run or engine.newest()
    for resource, (kind, record, after) in _newest(engine, run).items():
        now = kind.read([resource.id])[resource.id]
        if now != after and not kind.effect:
            diff = ["  ********"] if record["secret"] else kind.diff(resource.id, after, now)
            send(
                {
                    "event": "drift",
                    "run": run,
                    "resource": str(resource),
                    "title": record["step"],
                    "diff": diff,
                }
            )


def _newest(engine, run):
    """Return {resource, where it lies now: (kind, record, state) of its last change in this run}."""
    newest = {}
    for record in standing(engine.store.journal(run).records())[0]:
        resource = parse(record["resource"])
        kind, _, after = _states(engine, record)
        newest = followed(newest, kind, resource, after)
        newest[resource] = kind, record, after
    return newest


def _states(engine, record):
    kind, blobs = engine.kinds.of(parse(record["resource"])), engine.store.blobs
    before, after = (
        codec.decode(kind.State, codec.unsealed(record[key], blobs), blobs.fetch)
        for key in ("before", "after")
    )
    return kind, before, after
