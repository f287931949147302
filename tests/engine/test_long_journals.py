"""A journal is as long as its run: a later run that has nothing to do with it keeps none of its changes."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox, step

from hardener.host.run.engine import Engine


def test_a_run_that_comes_after_a_long_one_does_not_hold_its_journal(tmp_path: Path) -> None:
    peaks = []
    for count in (100, 600):
        (tmp_path / str(count)).mkdir()
        host = Sandbox(tmp_path / str(count))
        paths = (f"/{n}" for n in range(count))
        assert host.play(*(step("file", path=path, content="x\n") for path in paths)) == "changed"
        tracemalloc.start()
        assert host.play(step("file", path="/0", content="x\n")) == "ok"
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / 500 < 500, "bytes for each change of the run before"


def test_a_change_is_held_once_however_often_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was foretold and what was done are the same change, where nothing came between."""
    compared: list[tuple[Any, Any]] = []

    def compare(self: Engine, predicted: Any, applied: Any) -> None:
        compared.extend(zip(predicted.changes, applied.changes, strict=True))

    monkeypatch.setattr(Engine, "_compare", compare)
    steps = [step("file", path=f"/{n}", content="x\n") for n in range(130)]
    assert Sandbox(tmp_path).play(*steps) == "changed"
    assert len(compared) == 130
    assert all(foretold is done for foretold, done in compared)
