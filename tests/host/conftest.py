"""A real git repository of a user's, and this machine as the host, with a state of its own."""

from collections.abc import Iterator

import pytest
from checkouts import Ground, repository
from sandbox import Sandbox

from hardener.host.record.store import Store


@pytest.fixture
def ground() -> Iterator[Ground]:
    with repository() as made:
        yield made


@pytest.fixture
def host(ground: Ground) -> Sandbox:
    made = Sandbox("/")
    made.store = Store(made.system, str(ground.folder / "state"))
    return made
