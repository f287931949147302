"""A journal is as long as its run: a later run that has nothing to do with it keeps none of its changes."""

import tracemalloc
from pathlib import Path

from sandbox import Sandbox, step


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
