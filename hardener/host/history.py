"""What this host remembers: its runs, the changes of one, what has moved since."""

from hardener.host import codec
from hardener.host.recovery import status
from hardener.host.resource import parse
from hardener.host.rollback import standing


def runs(engine, send):
    """Send one `run` event a run, oldest first."""
    for run in engine.store.runs():
        about = engine.store.about(run)
        records = engine.store.journal(run).records()
        send(
            {
                "event": "run",
                "run": run,
                "at": about.get("at"),
                "what": about.get("what"),
                "of": about.get("of", ""),
                "playbook": about.get("playbook", ""),
                "status": status(records),
                "changes": sum(r["is"] == "change" and not r.get("undoes") for r in records),
                "standing": len(standing(records)[0]),
            }
        )


def show(engine, run, send):
    """Send every change of a run with its difference, as `recorded` events."""
    engine.store.about(run)
    records = engine.store.journal(run).records()
    left = {record["n"] for record in standing(records)[0]}
    for record in records:
        if record["is"] == "change":
            send(_recorded(engine, record, record["n"] in left))
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
    newest = {}
    for record in standing(engine.store.journal(run).records())[0]:
        newest[record["resource"]] = record
    for name, record in newest.items():
        kind, _, after = _states(engine, record)
        now = kind.read([parse(name).id])[parse(name).id]
        if now != after and not kind.effect:
            diff = ["  ********"] if record["secret"] else kind.diff(parse(name).id, after, now)
            send(
                {
                    "event": "drift",
                    "run": run,
                    "resource": name,
                    "title": record["step"],
                    "diff": diff,
                }
            )


def _states(engine, record):
    kind, blobs = engine.kinds.of(parse(record["resource"])), engine.store.blobs
    before, after = (
        codec.decode(kind.State, codec.unsealed(record[key], blobs), blobs.fetch)
        for key in ("before", "after")
    )
    return kind, before, after
