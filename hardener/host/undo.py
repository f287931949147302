"""`/var/lib/hardener/undo`: put back what a run changed from the console, without controller or network.

undo           undo the newest run that still has something to undo
undo RUN       undo this one
undo --list    list the runs of this host
"""

import sys

from hardener.host import facts, history
from hardener.host.engine import Engine
from hardener.host.errors import HostError
from hardener.host.store import Store
from hardener.host.system import System

SHOWN = {
    "undone": "%(status)-10s %(resource)s  %(why)s",
    "done": "%(status)s",
    "run": "%(run)s  %(status)s  %(standing)d of %(changes)d changes stand",
}


def main(words):
    """Do as the module says; exit 0 if all is back, else 1."""
    system = System("/")
    engine = Engine(system, facts.gather(system), tell, None, Store(system))
    try:
        if words[:1] == ["--list"]:
            history.runs(engine, tell)
            return
        run = "undo-%d" % system.now()
        done = engine.rollback(words[0] if words else None, run, wait=60)
    except HostError as error:
        said = (error.where, error.what, error.why, error.hint)
        sys.exit("\n".join(part for part in said if part))
    sys.exit(0 if done == "rolled back" else 1)


def tell(event):
    """Print what a person at the console wants to see."""
    if event["event"] in SHOWN:
        sys.stdout.write((SHOWN[event["event"]] % event).rstrip() + "\n")
        sys.stdout.flush()
