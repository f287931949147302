"""The pytest fixtures of the lab, a plugin that conftest.py registers.

lab            the session's Lab: controller, ssh, keys, hosts by hand
host           a fresh bookworm host, destroyed after the test
any_host       the same, the test runs once on each suite
droplet_host   a fresh bookworm host with the trading droplet's programs running
any_droplet    the same, once on each suite
swap_host      a host in which swapon works; the test has the machine's kernel for itself
kernel_turn    for a test that changes vm.*, or minds swap: the machine's kernel for itself
make_host      Lab.host, for more hosts or other ones; destroyed after the test
"""

import os
from collections.abc import Callable, Iterator

import pytest

from lab import requirements, session
from lab.host import Host
from lab.pool import Pool
from lab.session import Lab
from lab.tree import SUITES, Recipe


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the lab has the marker `hosts`."""
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker("hosts")


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab with both suites' trees made; skips where hosts cannot boot, and in CI fails."""
    reasons = "no test hosts here: " + "; ".join(requirements.missing())
    if requirements.missing():
        if os.environ.get("CI") == "true":
            pytest.fail(reasons, pytrace=False)
        pytest.skip(reasons)
    session.make_trees(*map(Recipe, SUITES))
    with Lab() as open_lab:
        yield open_lab


@pytest.fixture(scope="session")
def host_pool(lab: Lab) -> Iterator[Pool]:
    """Where the fixtures take their hosts."""
    pool = Pool(lab)
    yield pool
    pool.close()


def borrowed(pool: Pool, suite: str, droplet: bool) -> Iterator[Host]:
    """A host for the time of one test."""
    host = pool.take(suite, droplet)
    yield host
    pool.give_back(host)


@pytest.fixture
def host(host_pool: Pool) -> Iterator[Host]:
    """A fresh bookworm host."""
    yield from borrowed(host_pool, "bookworm", droplet=False)


@pytest.fixture(params=SUITES)
def any_host(host_pool: Pool, request: pytest.FixtureRequest) -> Iterator[Host]:
    """A fresh host of each suite in turn."""
    yield from borrowed(host_pool, request.param, droplet=False)


@pytest.fixture
def droplet_host(host_pool: Pool) -> Iterator[Host]:
    """A fresh bookworm droplet, all its programs running."""
    yield from borrowed(host_pool, "bookworm", droplet=True)


@pytest.fixture(params=SUITES)
def any_droplet(host_pool: Pool, request: pytest.FixtureRequest) -> Iterator[Host]:
    """A fresh droplet of each suite in turn."""
    yield from borrowed(host_pool, request.param, droplet=True)


@pytest.fixture
def kernel_turn() -> Iterator[None]:
    """The machine's kernel for this test alone; its parameters are put back."""
    with session.kernel_turn():
        yield


@pytest.fixture
def swap_host(lab: Lab, kernel_turn: None) -> Iterator[Host]:
    """A fresh bookworm host whose root takes swap files."""
    host = lab.swap_host()
    yield host
    host.destroy()


@pytest.fixture
def make_host(lab: Lab) -> Iterator[Callable[..., Host]]:
    """Lab.host, with the hosts destroyed after the test."""
    made: list[Host] = []

    def make(*arguments: object, **options: object) -> Host:
        host = lab.host(*arguments, **options)  # type: ignore[arg-type]
        made.append(host)
        return host

    yield make
    for host in made:
        if host.name in lab.hosts:
            host.destroy()
