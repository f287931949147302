"""Killed anywhere: an apply and a rollback die at calls that change something, and come back.

Under `strace -e inject=CALL:signal=KILL:when=N`, for the Nth call of each name of the engine and of
every program that it runs. proof.py says what must hold after each death; deaths.py which are tried:
some of each sort here, all of them by `scripts/kill-everywhere`. Proves F19, F21, F23, F38, F39 (docs/SAFETY.md).
"""

import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from faults.killed import deaths
from faults.killed.ground import Ground
from faults.killed.host import Host
from faults.killed.proof import AFTER_A_ROLLBACK, AFTER_AN_APPLY, Truth
from faults.killed.strace import Death, killed

#: Points of the shortened set: what the droplet's playbook does, the other does as well.
FEW = {"droplet": 8, "every": 49}


def lost(points: Sequence[Any], die: Callable[[int, Any], None]) -> Iterator[str]:
    """Die at all points; yield what each that was not survived says."""
    for number, death in enumerate(points):
        try:
            die(number, death)
        except Exception as error:  # noqa: BLE001 - the other points are tried all the same
            why = getattr(error, "why", "")  # of a HostError
            places = [f"{at.name}:{at.lineno}" for at in traceback.extract_tb(error.__traceback__)]
            yield f"{death}\n    {type(error).__name__}: {error} {why}\n    {' '.join(places)}"


def proved(points: Sequence[Any], die: Callable[[int, Any], None]) -> dict[str, int]:
    """Die at all points; return how many were tried and how many lost, and print those."""
    found = list(lost(points, die))
    print(*found, sep="\n")
    return {"tried": len(points), "lost": len(found)}


def after(truth: Truth, root: Path, death: Death, way: str, target: str | None = None) -> None:
    """Prove all that must hold after a death."""
    truth.holds(root)
    if death.who and not death.together:
        truth.settled(root)
    truth.comes_back(root, way, target)


def test_apply(truth: Truth, ground: Ground, part: slice, tally: Any) -> None:
    """Then, in turn: a rollback, the same play once more, another play."""
    name = truth.scene.name

    def apply(root: Path) -> Callable[[], Any]:
        return lambda: Host(root).play("run-1", truth.message)

    def die(number: int, death: Death) -> None:
        root = ground.fresh(name)
        killed(apply(root), death, ground.folder / "log")
        after(truth, root, death, AFTER_AN_APPLY[number % 6])

    traces = ground.traces(apply(ground.fresh(name)))
    points = deaths.chosen(traces, FEW[name])[part]
    tally("kill points of an apply", **proved(points, die))


def test_rollback(truth: Truth, ground: Ground, part: slice, tally: Any) -> None:
    """Then, in turn: the same rollback, the play once more, another play."""
    name = truth.scene.name
    applied = ground.fresh(name, "applied")
    assert Host(applied).play("run-1", truth.message) == "changed"

    def rollback(root: Path) -> Callable[[], Any]:
        return lambda: Host(root).rollback("back-1", "run-1")

    def die(number: int, death: Death) -> None:
        root = ground.fresh("applied")
        killed(rollback(root), death, ground.folder / "log")
        after(truth, root, death, AFTER_A_ROLLBACK[number % 2], "run-1")

    traces = ground.traces(rollback(ground.fresh("applied")))
    points = deaths.chosen(traces, FEW[name])[part]
    tally("kill points of a rollback", **proved(points, die))
