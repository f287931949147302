"""A Dask cluster: its workers hold the connections, its queues carry the messages.

A queue's content passes through the scheduler, so `dask+tls://` is wanted where others share its network.
"""

from __future__ import annotations

import asyncio
import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from typing import Any

from hardener.dataclass import dataclass
from hardener.errors import ConnectError, UsageError
from hardener.workers.postbox import LOST, Message, Postbox

SECONDS = 5.0  # after which a look for messages ends in vain, and workers are looked after
QUIET = {"logging": {"distributed": "critical", "distributed.client": "critical"}}
"""Its losses are told in our words, without tracebacks; read when distributed is imported."""
PATIENCE = 10.0  # for the scheduler's answer


class DaskCarrier:
    """Carries messages by queues of the scheduler."""

    def __init__(self, client: Any, box: str) -> None:
        self._client = client
        self._queues: dict[str, Any] = {}
        self._own = self._queue(box)

    def put(self, box: str, items: list[Any]) -> None:
        with _as_os_error():
            self._queue(box).put(items)

    def take(self) -> list[Any]:
        with _as_os_error():
            try:
                first = self._own.get(timeout=SECONDS)
            except TimeoutError:
                return []
            return [item for items in (first, *self._own.get(batch=True)) for item in items]

    def close(self) -> None:
        with suppress(OSError), _as_os_error():
            for each in self._queues.values():
                each.close()

    def _queue(self, box: str) -> Any:
        from distributed import Queue

        if box not in self._queues:
            self._queues[box] = Queue(box, client=self._client)
        return self._queues[box]


@contextmanager
def _as_os_error() -> Iterator[None]:
    """A client that has lost its scheduler raises this or that, by what it was about to do."""
    try:
        yield
    except OSError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


class DaskCluster:
    """A client of a scheduler; ConnectError if there is none, UsageError if Dask is not installed."""

    def __init__(self, address: str) -> None:
        try:
            import dask

            dask.config.set(QUIET)
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
        self._watched: list[tuple[str, Callable[[str], None]]] = []
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._look_after, daemon=True)
        self._watcher.start()

    @contextmanager
    def watch(self, worker: str, lost: Callable[[str], None]) -> Iterator[None]:
        """Have `lost` called, with the reason, once this worker is gone, as long as this is open."""
        watched = (worker, lost)
        self._watched.append(watched)
        try:
            yield
        finally:
            self._watched.remove(watched)

    def close(self) -> None:
        self._closed.set()
        self._watcher.join()
        self.postbox.close()
        self._client.close(timeout=PATIENCE)

    def _look_after(self) -> None:
        while not self._closed.wait(1.0):
            with suppress(OSError), _as_os_error():  # the postbox tells that the scheduler is gone
                living = self._client.nthreads() if self._watched else {}
                for worker, lost in list(self._watched):
                    if worker not in living:
                        lost("its worker is gone")


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
