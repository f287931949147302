"""What this host remembers: its runs, the changes of one, what has moved since."""

from hardener.host.errors import JournalError
from hardener.host.guard import state as guarded
from hardener.host.record import codec
from hardener.host.record.store import damaged
from hardener.host.resource import parse
from hardener.host.undo.recovery import status
from hardener.host.undo.rollback import followed, standing


def runs(engine, send):
    """Send one `run` event a run, oldest first; what is damaged, or was removed, is said to be."""
    store = engine.store
    there = [(store.number(run), run, None) for run in store.begun()]
    gone = [(record["number"], run, record) for run, record in store.removed().items()]
    for _, run, record in sorted(there + gone, key=lambda each: each[:2]):
        send(dict(_gone(record) if record else remembered(store, run)[0], event="run"))
    if store.removals().survey()[1]:
        path = store.removals().path
        raise damaged(path, "it does not tell of all runs that were removed")


def stands(engine, run, send):
    """Send how a run stands here, the newest if none is named, and end with its status.

    `left` are the seconds in which it can be confirmed; a run that never came here is `not begun`.
    """
    store = engine.store
    run = run or (store.runs() or [""])[-1]
    told, left = _told(engine, run)
    if told:
        send(dict(told, event="run", **({"left": left} if left else {})))
    engine.done(told["status"] if told else "not begun", {}, within=left or None)


def _told(engine, run):
    """Return (what is told of a run, or None where there is none; the seconds that it waits)."""
    store = engine.store
    if run in store.removed():
        return _gone(store.removed()[run]), 0
    if store.known(run) is None:
        return None, 0
    told, records = remembered(store, run)
    return told, guarded.read(records).left(engine.system)


def _gone(record):
    """What is told of a run that was removed."""
    words = ("run", "at", "what", "of", "playbook", "status", "changes", "standing")
    told = {word: record[word] for word in words}
    return dict(told, removed={"at": record["removed"], "why": record["why"]})


def remembered(store, run):
    """Return (what is told of a run, its records as far as they can be read)."""
    records, damage = store.journal(run).survey()
    try:
        about = store.about(run)
    except JournalError as error:
        about, damage = {}, error
    changes = sum(r["is"] == "change" and not r.get("undoes") for r in records)
    stand = len(standing(records)[0])
    told = {
        "run": run,
        "at": about.get("at"),
        "what": about.get("what", "apply"),
        "of": about.get("of", ""),
        "playbook": about.get("playbook", ""),
        "status": "damaged" if damage else _word(records, changes, stand),
        "changes": changes,
        "standing": stand,
    }
    return told, records


def _word(records, changes, stand):
    """The status of a run: not of its last play alone, nor of what was undone of it last."""
    word = status(records)
    if word == "applied" and changes and not stand:
        return "rolled back"
    return "partly rolled back" if word == "rolled back" and stand else word


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
    kind, before, after = states(engine, record)
    diff = kind.diff(parse(record["resource"]).id, before, after)
    return {
        "event": "recorded",
        "n": record["n"],
        "resource": record["resource"],
        "title": record["step"],
        "where": record["where"],
        "reverse": record["reverse"],
        "stands": stands,
        "diff": ["  ********"] if _secret(engine, record) else diff,
    }


def _secret(engine, record):
    return record["secret"] or engine.kinds.secrecy.holds(record["resource"])


def since(engine, run, send):
    """Send what is otherwise now than the run left it, as `drift` events."""
    run = run or engine.newest()
    engine.store.require(run)
    for resource, (kind, record, after) in _newest(engine, run).items():
        now = kind.part(kind.read([resource.id])[resource.id], after)
        if now != after and not (kind.effect or kind.opaque):
            diff = ["  ********"] if _secret(engine, record) else kind.diff(resource.id, after, now)
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
        kind, _, after = states(engine, record)
        older = newest.get(resource, (kind, record, after))
        newest = followed(newest, kind, resource, after)
        newest[resource] = kind, record, kind.whole(after, older[2])
    return newest


def states(engine, record):
    """Return (kind, before, after) of a change."""
    kind, blobs = engine.kinds.of(parse(record["resource"])), engine.store.blobs
    before, after = (
        codec.decode(kind.State, codec.unsealed(record[key], blobs), blobs.fetch)
        for key in ("before", "after")
    )
    return kind, before, after
