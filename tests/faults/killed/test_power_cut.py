"""The power is cut in an apply and a rollback, and what was not synced is gone.

On a file system of its own, of which only what the device has is kept (image.py); all processes
die at once. After the next mount proof.py must hold just as after a kill. Proves F1, F21 (docs/SAFETY.md).
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from faults.killed import deaths, image
from faults.killed.ground import Ground
from faults.killed.host import Host
from faults.killed.proof import AFTER_A_ROLLBACK, AFTER_AN_APPLY, Truth
from faults.killed.strace import Death, killed
from faults.killed.test_everywhere import proved

FEW = 3  # points of the shortened set, of each scene


@pytest.fixture(autouse=True)
def programs() -> None:
    needs.program("mkfs.ext4", "mount")


class Powered:
    """A scene on a disk: `cut` begins some work and cuts the power in it."""

    def __init__(self, ground: Ground, tree: Path) -> None:
        self._ground = ground
        self._image = ground.folder / f"{tree.name}.img"
        image.make(tree, self._image)

    def deaths(self, work: Callable[[Path], Any]) -> list[Death]:
        with image.copied(self._image) as whole, image.mounted(whole) as root:
            return deaths.cuts(self._ground.traces(lambda: work(root)), FEW)

    @contextlib.contextmanager
    def cut(self, work: Callable[[Path], Any], death: Death | None) -> Iterator[Path]:
        """Give the root after the next mount; without a death, the power goes when all is done."""
        with contextlib.ExitStack() as stack:
            live = stack.enter_context(image.copied(self._image))
            with image.mounted(live) as root:
                if death:
                    killed(lambda: work(root), death, self._ground.folder / "log")
                else:
                    work(root)
                left = stack.enter_context(image.copied(live))
            yield stack.enter_context(image.mounted(left))


def test_apply(truth: Truth, ground: Ground, part: slice, tally: Any) -> None:
    powered = Powered(ground, ground.fresh(truth.scene.name, "to-apply"))

    def apply(root: Path) -> str:
        return Host(root).play("run-1", truth.message)

    def die(number: int, death: Death) -> None:
        with powered.cut(apply, death) as root:
            truth.holds(root)
            truth.comes_back(root, AFTER_AN_APPLY[number % 6])

    tally("power cuts in an apply", **proved(powered.deaths(apply)[part], die))
    with powered.cut(apply, None) as root:
        truth.is_applied(root)


def test_rollback(truth: Truth, ground: Ground, part: slice, tally: Any) -> None:
    applied = ground.fresh(truth.scene.name, "to-roll-back")
    assert Host(applied).play("run-1", truth.message) == "changed"
    powered = Powered(ground, applied)

    def rollback(root: Path) -> str:
        return Host(root).rollback("back-1", "run-1")

    def die(number: int, death: Death) -> None:
        with powered.cut(rollback, death) as root:
            truth.holds(root)
            truth.comes_back(root, AFTER_A_ROLLBACK[number % 2], "run-1")

    tally("power cuts in a rollback", **proved(powered.deaths(rollback)[part], die))
    with powered.cut(rollback, None) as root:
        truth.is_as_before(root)
