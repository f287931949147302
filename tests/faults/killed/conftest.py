"""A place to die in."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest
from faults.killed import deaths
from faults.killed.ground import Ground
from faults.killed.proof import Truth
from faults.killed.scene import SCENES


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A folder in memory: what is proved of syncs stands in test_order.py and test_power_cut.py."""
    memory = Path("/dev/shm")
    made = tempfile.mkdtemp(prefix="killed-", dir=memory if os.access(memory, os.W_OK) else None)
    yield Ground(Path(made))
    shutil.rmtree(made)


@pytest.fixture(scope="module", params=SCENES)
def truth(request: pytest.FixtureRequest, ground: Ground) -> Truth:
    needs.root()
    needs.program("strace", "git")
    scene = SCENES[request.param]
    scene.lay(ground.folder / scene.name)
    return Truth.of(scene, ground.fresh(scene.name))


@pytest.fixture(params=range(deaths.PARTS))
def part(request: pytest.FixtureRequest) -> slice:
    """Take of all points those that this test tries."""
    return slice(request.param, None, deaths.PARTS)
