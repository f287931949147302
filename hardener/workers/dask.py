"""A Dask cluster: its workers hold the connections, its queues carry the messages.

A queue's content passes through the scheduler, so `dask+tls://` is wanted where others share its network.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hardener.errors import ConnectError, UsageError
from hardener.workers.postbox import LOST, Message, Postbox

SECONDS = 5.0  # after which a look for messages ends in vain, and workers are looked after
PATIENCE = 10.0  # for the scheduler's answer


class DaskCarrier:
    """Carries messages by queues of the scheduler."""

    def __init__(self, client: Any, box: str) -> None:
        self._client = client
        self._queues: dict[str, Any] = {}
        self._own = self._queue(box)

    def put(self, box: str, items: list[Any]) -> None:
        self._queue(box).put(items)

    def take(self) -> list[Any]:
        try:
            first = self._own.get(timeout=SECONDS)
        except TimeoutError:
            return []
        return [item for items in (first, *self._own.get(batch=True)) for item in items]

    def close(self) -> None:
        for each in self._queues.values():
            each.close()

    def _queue(self, box: str) -> Any:
        from distributed import Queue

        if box not in self._queues:
            self._queues[box] = Queue(box, client=self._client)
        return self._queues[box]


class DaskCluster:
    """A client of a scheduler; ConnectError if there is none, UsageError if Dask is not installed."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            hint = "pip install 'hardener[dask]'"
            raise UsageError("--executor: Dask is not installed here", hint=hint) from None
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except OSError as error:
            raise ConnectError(f"no scheduler answers at {address}", why=str(error)) from None
        # Equal calls are not one call, and what was lost is for us to begin anew.
        self.executor: Executor = self._client.get_executor(pure=False, retries=0)
        name = f"hardener-{secrets.token_hex(8)}"
        self.postbox = Postbox(name, DaskCarrier(self._client, name))
        self.office = DaskOffice(name)
        self._watched: dict[tuple[str, int], Callable[[str], None]] = {}
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._look_after, daemon=True)
        self._watcher.start()

    def watch(self, worker: str, lost: Callable[[str], None]) -> Callable[[], None]:
        """Have `lost` called once this worker is gone; return what ends that."""
        key = (worker, id(lost))
        self._watched[key] = lost
        return lambda: self._watched.pop(key, None) and None

    def close(self) -> None:
        self._closed.set()
        self._watcher.join()
        self.postbox.close()
        self._client.close(timeout=PATIENCE)

    def _look_after(self) -> None:
        while not self._closed.wait(1.0):
            try:
                living = self._client.nthreads() if self._watched else {}
            except OSError as error:
                living, why = {}, f"the scheduler is gone: {error}"
            else:
                why = "its worker is gone"
            for (worker, _), lost in list(self._watched.items()):
                if worker not in living:
                    lost(why)


@dataclass(frozen=True)
class DaskOffice:
    """Where the run has its box; goes to a worker with each task."""

    box: str

    @contextmanager
    def desk(self, session: str) -> Iterator[DaskDesk]:
        """Make a desk of the worker's box for this run, and leave the worker's pool: others may begin."""
        from distributed import secede

        with _box_for(self.box) as postbox, postbox.slot(session) as slot:
            secede()
            yield DaskDesk(self.box, session, postbox, slot)


class DaskDesk:
    """A relay's own slot in the box of its worker."""

    def __init__(self, box: str, session: str, postbox: Postbox, slot: Any) -> None:
        from distributed import get_worker

        self._box, self._session, self._postbox, self._slot = box, session, postbox, slot
        self._worker = get_worker()
        self._task = self._worker.get_current_task()

    def post(self, word: str, data: Any = None) -> None:
        if word == "begun":
            data = {"is": data, "box": self._postbox.name, "worker": self._worker.address}
        self._postbox.post(self._box, self._session, word, data)

    def next(self) -> Message:
        import queue

        while True:
            try:
                return tuple(self._slot.get(timeout=1.0))
            except queue.Empty:
                if not self._wanted():
                    return LOST, "nobody wants it any more"

    def _wanted(self) -> bool:
        """Does the scheduler still hold this task for somebody? A client that is gone wants nothing."""
        task = self._worker.state.tasks.get(self._task)
        return task is not None and task.state != "cancelled"


_boxes: dict[str, tuple[Postbox, int]] = {}
_lock = threading.Lock()


@contextmanager
def _box_for(run: str) -> Iterator[Postbox]:
    """Give the one box of this worker process for a run, as long as any of its relays is at work."""
    from distributed import get_client

    with _lock:
        postbox, users = _boxes.get(run) or (None, 0)
        if postbox is None:
            name = f"{run}-{secrets.token_hex(4)}"
            postbox = Postbox(name, DaskCarrier(get_client(), name))
        _boxes[run] = postbox, users + 1
    try:
        yield postbox
    finally:
        with _lock:
            postbox, users = _boxes.pop(run)
            if users > 1:
                _boxes[run] = postbox, users - 1
        if users == 1:
            postbox.close()
