"""Five hundred runs with ten thousand stored files: listed and removed in seconds, in little memory."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import OUR_STATE, lay

from hardener.host import snapshots
from hardener.host.door.content import Content
from hardener.host.door.system import System
from hardener.host.record import codec
from hardener.host.record.store import Store

RUNS, FILES = 500, 20
SECONDS = 20.0  # of the processor: a busy machine makes it no slower
MEMORY = 24 << 20


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    """What applies would have written, without waiting for the disk."""
    needs.root()
    lay(tmp_path, {})
    host = Sandbox(tmp_path)
    host.system = System(str(tmp_path), lasting=False)
    assert host.play(step("file", path="/etc/0", content="0\n")) == "changed"
    store = Store(host.system)
    about, template = store.about("run-001"), store.journal("run-001").records()
    for number in range(2, RUNS + 1):
        run = f"run-{number:03}"
        store.begin(run, {**about, "at": about["at"] + number})
        store.close([run])
        with store.journal(run) as journal:
            for record in records(store, number, template):
                journal.note(**record)
    return host


def records(store: Store, run: int, template: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The records of a run that makes so many files."""
    begin, change, done, end = template
    yield begin
    for number in range(1, FILES + 1):
        content = codec.encode(Content.of(b"%d %d\n" % (run, number)), store.blobs.keep)
        after = {**change["after"], "content": content}
        yield {**change, "n": number, "resource": f"file:/etc/{run}-{number}", "after": after}
        yield {**done, "n": number}
    yield end


def measured(work: Callable[[], Any]) -> tuple[float, int]:
    """Return seconds of the processor and the most bytes that were held."""
    tracemalloc.start()
    began = time.process_time()
    work()
    seconds, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak


def test_listed_and_removed(host: Sandbox, tally: Callable[..., None]) -> None:
    blobs = host.root / OUR_STATE / "blobs"
    assert len(list(blobs.iterdir())) > (RUNS - 1) * FILES
    events: list[dict[str, Any]] = []
    seconds, peak = measured(lambda: snapshots.listed(host.engine(), events.append))
    assert events[-1]["runs"] == RUNS
    assert len(events) == RUNS + 1
    print(f"listed in {seconds:.1f} s, {peak >> 10} KiB")
    assert seconds < SECONDS
    assert peak < MEMORY
    seconds, peak = measured(lambda: snapshots.prune(host.engine(), {"keep": 20}))
    print(f"removed in {seconds:.1f} s, {peak >> 10} KiB")
    assert len(Store(host.system).runs()) == 20
    assert len(list(blobs.iterdir())) == 20 * FILES
    assert seconds < SECONDS
    assert peak < MEMORY
    tally("runs listed and removed at once", tried=RUNS)
