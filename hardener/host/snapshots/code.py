"""Hardener's own code on the host: what a run, the guard, the rescue command or somebody needs stays."""

import re

from hardener.host.door import staging
from hardener.host.guard import unit
from hardener.host.undo import rescue

HASH = re.compile(r"[0-9a-f]{64}")
AWAY = "removed-"


def sweep(engine, left):
    """Remove code that none of the runs `left` was made by, and that nobody uses or names."""
    system, store = engine.system.scratch(), engine.store
    needed = {each.code for each in left} | named(system, store) | {rescue.code(system, store)}
    for name in system.listdir(store.path("code")):
        if HASH.fullmatch(name) and name not in needed:
            _remove(system, store.path("code", name), store.path("code", AWAY + name))
        elif name.startswith(AWAY):
            system.clear(store.path("code", name))


def named(system, store):
    """Return what the rescue command and the guard's unit run."""
    texts = [system.read(p) for p in (store.path("undo"), unit.FILE) if system.lstat(p) is not None]
    return {name for text in texts for name in HASH.findall(text.decode("utf-8", "replace"))}


def _remove(system, path, away):
    """Take its name away first, so that nobody finds a half of it."""
    with staging.alone(system, path) as alone:
        if alone:
            system.rename(path, away)
            system.clear(away)
