"""The controller's memory of its runs."""

import time

from hardener.fleet.records import new_run_id


def test_ids_of_one_second_sort_by_time() -> None:
    """`harden rollback` takes the newest: two quick runs must not change places."""
    made = []
    for _ in range(100):
        made.append(new_run_id())
        time.sleep(0.0005)
    assert made == sorted(made)
    assert len({run[:15] for run in made}) <= 2
