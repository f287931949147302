"""The order of syncs in an apply and in a rollback, read from what strace saw of all processes.

A line of the journal, with all that it names, is on the disk before what it announces is begun;
contents and attributes before the rename that gives them their name, the folder after it; all of
a change before the journal says that it is done. Proves F1 and F21 (docs/SAFETY.md) as far as order goes; the power
is really cut in test_power_cut.py.
"""

from pathlib import Path
from typing import Any

import needs
from faults.killed import order
from faults.killed.ground import Ground
from faults.killed.host import Host
from faults.killed.proof import Truth
from sandbox import call, filled

from hardener.host.record.blobs import TOGETHER

A_FILE = (
    1  # sync: its bytes; its line in the journal and the folder that has its name wait for others
)
A_RUN = 40  # for all else, however many files there are
MANY = 100


def in_order(traces: Path, root: Path) -> dict[str, int]:
    tried, early = order.check(traces, root)
    print(*early, sep="\n")
    return {"tried": tried, "lost": len(early)}


def test_apply(truth: Truth, ground: Ground, tally: Any) -> None:
    root = ground.fresh(truth.scene.name)
    traces = ground.traces(lambda: Host(root).play("run-1", truth.message))
    tally("calls of an apply in their order", **in_order(traces, root))


def test_rollback(truth: Truth, ground: Ground, tally: Any) -> None:
    root = ground.fresh(truth.scene.name)
    assert Host(root).play("run-1", truth.message) == "changed"
    traces = ground.traces(lambda: Host(root).rollback("back-1"))
    tally("calls of a rollback in their order", **in_order(traces, root))


def test_many_files_share_the_syncs_of_their_lines_names_and_snapshots(ground: Ground) -> None:
    needs.root()
    needs.program("strace")
    root = ground.folder / "many"
    (root / "etc").mkdir(parents=True)
    steps = [
        call("file", filled("file", {"path": f"/etc/f-{n}", "content": f"{n}"}), n)
        for n in range(MANY)
    ]
    play = {"number": 1, "name": "many", "playbook": "p", "steps": steps}
    traces = ground.traces(lambda: Host(root).play("run-1", play))
    assert len(list((root / "etc").iterdir())) == MANY
    assert not order.check(traces, root)[1]
    syncs = [each for each in order.calls(traces) if each.name in order.SYNCS]
    alone = [each for each in syncs if "/blobs/" not in each.inside]
    assert len(alone) <= A_FILE * MANY + A_RUN
    waited = [each for each in syncs if each.inside.rstrip(">)").endswith("/blobs")]
    assert 1 <= len(waited) <= MANY // TOGETHER + 2
