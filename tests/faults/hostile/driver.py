"""Root's side of the race: plays and rollbacks, one after the other. Runs in a test host, as root.

Reads {"code", "steps", "until", "stop", "patience", "before", "word"} as JSON; `before` is Python that runs first.
Writes {"plays", "statuses", "broken", "told", "slowest"}: `broken` are errors that are no
HostError, `told` are events in which the word of a canary stands.
"""

import collections
import faulthandler
import json
import os
import random
import sys
import time
import traceback
import types

order = json.load(sys.stdin)
sys.path.insert(0, order["code"])

from hardener.host import facts  # noqa: E402 - only now is it known where the code is
from hardener.host.door.system import System  # noqa: E402
from hardener.host.errors import HostError  # noqa: E402
from hardener.host.run.engine import Engine  # noqa: E402

exec(order["before"])
found: dict = {
    "escaped": [],
    "refused": collections.Counter(),
    "plays": 0,
    "broken": [],
    "told": [],
    "slowest": [0, ""],
}
statuses: collections.Counter = collections.Counter()


def hear(event):
    if event.get("error"):
        found["refused"][str(event["error"]["what"])[:60]] += 1
    if order["word"] in json.dumps(event):
        found["told"].append(event)


def attempt(what, work):
    """Do one play or rollback, whatever comes of it."""
    began = time.monotonic()
    try:
        status = work()
    except HostError as error:
        status = type(error).__name__
        found["escaped"].append(what + "\n" + traceback.format_exc())
    except Exception:  # noqa: BLE001 - told to the test
        status = "broken"
        found["broken"].append(what + "\n" + traceback.format_exc())
    statuses[status] += 1
    found["slowest"] = max(found["slowest"], [round(time.monotonic() - began, 1), what])
    return status


faulthandler.dump_traceback_later(order["until"] - time.time() + order["patience"], exit=True)
system = System("/")
engine = Engine(system, facts.gather(system), hear, types.SimpleNamespace(resolve=None, judge=None))
while time.time() < order["until"] and not os.path.exists(order["stop"]):
    found["plays"] += 1
    name, step = random.choice(order["steps"])
    run, play = f"run-{found['plays']}", {"number": 1, "name": "play", "steps": [step]}
    if attempt("play: " + name, lambda r=run, p=play: engine.play(r, p)) == "changed":
        attempt("rollback: " + name, lambda r=run: engine.rollback(r, "back-" + r))
print(json.dumps({**found, "statuses": statuses}))
