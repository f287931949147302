"""The deadline counts in a clock that nobody can set, and only in the boot that named it (F4, F5)."""

import pytest

from hardener.host.door.system import System
from hardener.host.guard import state
from hardener.host.record import lock

DAY = 86_400


class Stepped(System):
    """A host whose clock somebody sets; `slept` are seconds of its uptime gone by."""

    step, slept = 0.0, 0.0

    def now(self) -> float:
        return super().now() + self.step

    def clock(self) -> float:
        return super().clock() + self.slept


@pytest.fixture
def system() -> Stepped:
    return Stepped("/")


def waiting(system: System, within: float) -> state.State:
    end = {"is": "end", "status": state.UNCONFIRMED, "then": "applied"}
    when = {"deadline": system.clock() + within, "boot": lock.boot_id(system)}
    return state.read([{"is": "armed", "boot": when["boot"]}, {**end, **when}])


@pytest.mark.parametrize("step", [-DAY, DAY])
def test_a_clock_that_is_set_changes_nothing(system: Stepped, step: float) -> None:
    now = waiting(system, 100)
    system.step = step
    assert 90 < now.left(system) <= 100


def test_a_deadline_that_is_past_is_over(system: Stepped) -> None:
    """Not disarmed, not negative: the guard acts, and a confirmation comes too late."""
    now = waiting(system, 100)
    system.slept = 101
    assert now.waits
    assert now.left(system) == 0


def test_another_boot_leaves_no_time(system: Stepped) -> None:
    now = waiting(system, 100)._replace(boot="another")
    assert now.rebooted(system)
    assert now.left(system) == 0
