"""A hostile user swaps links, hard links, fifos and folders while root applies and rolls back.

On a booted host: several processes of the user `trader` exchange names in the user's folder as fast
as they can; root plays steps on those names. Nothing outside may be read, written or change hands
(F36): content, owner, mode and times of the canaries stay, and no word of theirs turns up elsewhere.

HARDENER_HOSTILE=600 has it go on for as many seconds; a broken guard is seen within a fraction of
the usual time, which is tried too.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from faults.hostile import attacked, canaries
from inside import PLACE, Inside
from lab import Host

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("HARDENER_HOSTILE", "15"))
AT_ONCE = (0.0,)
FOR_A_WHILE = (0.0, 0.0, 0.01, 0.1)  # what is planted lies there long enough for root to meet it
STOP = "/run/hostile-stop"
DEADLINE = 60  # seconds for what goes on when all others have ended: a stuck child is killed


def test_nothing_outside_is_touched(host: Host, tally: Callable[..., None]) -> None:
    raced = race(host, SECONDS)
    print(json.dumps({name: raced[name] for name in ("plays", "statuses", "slowest", "refused")}))
    assert not raced["broken"], raced["broken"][0]
    print(*raced["escaped"], sep="\n")
    assert raced["slowest"][0] < DEADLINE
    assert raced["statuses"].get("changed", 0) > 3, raced["statuses"]
    found = harm(host) + loot(host) + [json.dumps(event) for event in raced["told"]]
    print("\n".join(found))
    tally("plays amid swaps", tried=raced["plays"])
    tally("swaps by a hostile user", tried=raced["swaps"], lost=len(found))


GUARDS = {
    "links": "from hardener.host.door import paths; paths.Links.arrive = lambda self, uid: None",
    "hard links": "from hardener.host.door import opened; opened._is_still = lambda *held: True",
}


@pytest.mark.parametrize("guard", GUARDS)
def test_a_broken_guard_is_seen(guard: str, host: Host) -> None:
    """Usually within a second of both sides' work; on a busy machine that may take longer."""
    raced = race(host, 8 * SECONDS, FOR_A_WHILE, GUARDS[guard], lambda: bool(harm(host)))
    assert harm(host), raced["statuses"]


def race(
    host: Host,
    seconds: float,
    dwells: Sequence[float] = AT_ONCE,
    before: str = "",
    until: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Let both sides run, so long or until it is enough; what the driver found, and the number of swaps."""
    Inside(host)
    attacked.lay(host)
    canaries.lay(host.root)
    host.canaries = canaries.state(host.root)  # type: ignore[attr-defined]
    end = time.time() + seconds
    shared = {"until": end, "stop": STOP}
    order = {**shared, "user": attacked.TRADER, "stashes": attacked.STASHES}
    order |= {"canaries": ["/" + path for path in canaries.FILES]}
    order |= {"folders": ["/" + path for path in canaries.FOLDERS]}
    driver = {
        "patience": DEADLINE,
        "code": PLACE,
        "steps": attacked.steps(),
        "before": before,
        "word": canaries.WORD,
    }
    with started(host, "planter.py", order) as _:
        swappers = [
            started(host, "swapper.py", shared | each, "trader") for each in attacked.swaps(dwells)
        ]
        root = started(host, "driver.py", shared | driver)
        while time.time() < end and not until():
            time.sleep(0.5)
        host.sh(f"touch {STOP}")
        out, err = root.communicate(timeout=2 * DEADLINE)
        swaps = sum(int(swapper.communicate(timeout=5)[0]) for swapper in swappers)
    assert root.returncode == 0, err
    return {**json.loads(out.splitlines()[-1]), "swaps": swaps}


def started(host: Host, script: str, order: Any, user: str = "root") -> subprocess.Popen[str]:
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
    argv = [*become, "python3", "-c", (HERE / script).read_text()]
    process = host.popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin
    process.stdin.write(json.dumps(order))
    process.stdin.close()
    process.stdin = None
    return process


def harm(host: Host) -> list[str]:
    """What came to harm outside of the user's folder; to be asked at any time."""
    before, now = host.canaries, canaries.state(host.root)  # type: ignore[attr-defined]
    changed = [f"{path}: {was} → {now[path]}" for path, was in before.items() if now[path] != was]
    return changed + canaries.spilled(host.root, "var/lib/hardener")


def loot(host: Host) -> list[str]:
    """What the user has got hold of; to be asked when nobody swaps any more."""
    return canaries.spilled(host.root, "home") + canaries.with_set_user_id(host.root / "home")
