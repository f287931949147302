"""`/var/lib/hardener/undo`: put back what a run changed from the console, without controller or network.

undo                undo the newest run that still has something to undo
undo RUN            undo this one
undo RUN KIND:ID…   put back no more than these, also where the record of the run is damaged
undo --list         list the runs of this host
undo --show RUN     list what it changed
"""

import sys

from hardener.host import facts
from hardener.host.door.system import System
from hardener.host.errors import HostError
from hardener.host.record.store import Store
from hardener.host.run.engine import Engine
from hardener.host.undo import history, salvage
from hardener.host.undo.choice import Choice

SHOWN = {
    "undone": "%(status)-10s %(resource)s  %(why)s",
    "done": "%(status)s",
    "run": "%(run)s  %(status)s  %(standing)d of %(changes)d changes stand",
    "removed": "%(run)s  %(status)s  its snapshot was removed",
    "recorded": "%(resource)s  %(title)s",
}


def main(*words):
    """Do as the module says; exit 0 if all is back, else 1."""
    system = System("/")
    engine = Engine(system, facts.gather(system), tell, None, Store(system))
    try:
        sys.exit(0 if carried_out(engine, list(words)) else 1)
    except HostError as error:
        said = (error.where, error.what, error.why, error.hint)
        sys.exit("\n".join(part for part in said if part))


def carried_out(engine, words):
    """Do what these words ask; True where all of it is done."""
    if words[:1] == ["--list"]:
        history.runs(engine, tell)
        return True
    if words[:1] == ["--show"]:
        history.show(engine, words[1] if words[1:] else engine.newest(), tell)
        return True
    run, choice = "undo-%d" % engine.system.now(), Choice(only=tuple(words[1:]))
    if any(choice):
        return salvage.rollback(engine, words[0], run, choice, wait=60) == "rolled back"
    return engine.rollback(words[0] if words else None, run, wait=60) == "rolled back"


def tell(event):
    """Print what a person at the console wants to see."""
    line = SHOWN.get(kind_of(event))
    if line:
        sys.stdout.write((line % event).rstrip() + "\n")
        sys.stdout.flush()


def kind_of(event):
    if event["event"] == "run" and "changes" not in event:
        return "done"  # how the run stands, after what it changed
    return "removed" if event.get("removed") else event["event"]
