"""The controller's memory of its runs."""

import time
from pathlib import Path

import pytest

from hardener.errors import UsageError
from hardener.fleet import records
from hardener.fleet.records import Record, new_run_id


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return records.folder()


def test_ids_of_one_second_sort_by_time() -> None:
    """`harden rollback` takes the newest: two quick runs must not change places."""
    made = []
    for _ in range(100):
        made.append(new_run_id())
        time.sleep(0.0005)
    assert made == sorted(made)
    assert len({run[:15] for run in made}) <= 2


def test_what_a_killed_controller_was_writing_goes_with_the_next_record(place: Path) -> None:
    place.mkdir(parents=True)
    (place / ".20260101-000000-000000.new").write_text("{")
    record = Record("20260102-000000-000000", "apply", "play.yml", 1.0, hosts={"web1": "changed"})
    records.save(record)
    assert [path.name for path in place.iterdir()] == [f"{record.run}.json"]
    assert records.find(None) == record


@pytest.mark.parametrize("text", ["", '{"run": "2', "[]", '{"run": "x"}'])
def test_a_damaged_record_is_named(place: Path, text: str) -> None:
    place.mkdir(parents=True)
    (place / "20260101-000000-000000.json").write_text(text)
    with pytest.raises(UsageError, match="damaged") as caught:
        records.find(None)
    assert caught.value.where == str(place / "20260101-000000-000000.json")
