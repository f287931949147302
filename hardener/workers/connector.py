"""Channels to hosts whose connections are held by workers."""

from __future__ import annotations

import queue
import secrets as tokens
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol

from hardener import connect, errors
from hardener.connect import Channel, Hello, Meanwhile, Secrets, Target, nothing
from hardener.connect.pipe import Pipe
from hardener.dataclass import replace
from hardener.errors import ConnectError, ConnectionLost, WorkerLost
from hardener.workers.postbox import GONE, LOST, Message, Office, Postbox
from hardener.workers.relay import relay, version

TRIES = 3  # workers that may die while they connect to one host
PATIENCE = 120.0  # seconds until some worker takes a connection, where no --timeout says another
ENDED: Message = ("ended", {"stderr": "", "status": None})
LONGEST = 600.0  # seconds that a worker may take to connect: passwords may be asked for


class Cluster(Protocol):
    """Workers, and messages to and from them."""

    executor: Executor
    postbox: Postbox

    @property
    def office(self) -> Office: ...

    def watch(self, worker: str, lost: Callable[[str], None]) -> AbstractContextManager[None]:
        """Have `lost` called, with the reason, once this worker is gone, as long as this is open."""

    def close(self) -> None: ...


class WorkersConnector:
    """Opens channels through the workers of a cluster; to this machine itself, without them."""

    def __init__(self, cluster: Cluster, secrets: Secrets) -> None:
        self._cluster, self._secrets = cluster, secrets

    def open(self, target: Target, meanwhile: Meanwhile = nothing) -> Channel:
        """Return a channel to a host; WorkerLost if one worker after the other dies of it."""
        if target.kind == "local":
            return connect.open(target, self._secrets, meanwhile=meanwhile)
        tries = 0
        while True:
            try:
                return Opening(self._cluster, target, self._secrets).channel()
            except WorkerLost:
                tries += 1
                if tries == TRIES:
                    raise

    def close(self) -> None:
        self._cluster.close()


class Opening:
    """One task of one worker: asked for, begun, open."""

    def __init__(self, cluster: Cluster, target: Target, secrets: Secrets) -> None:
        self._cluster, self._target, self._secrets = cluster, target, secrets
        self._line = Line(cluster, target.name)

    def channel(self) -> Channel:
        line, target = self._line, self._target
        try:
            line.begin(target)
            told = self._opened()
        except BaseException:
            line.close()
            raise
        hello = Hello(**{**told["hello"], "python": tuple(told["hello"]["python"])})
        return Channel(
            target, RelayedPipe(line), hello, told["became"], told["login"], told["took"]
        )

    def _opened(self) -> Mapping[str, Any]:
        """Answer what is asked until the channel is open; the worker's ConnectError if it can't be."""
        while True:
            word, data = self._line.next(LONGEST)
            if word == "opened":
                return dict(data)
            if word == "failed":
                raise of(data)
            if word == "ask":
                self._line.post("answer", self._answer(data["what"], data["path"]))

    def _answer(self, what: str, path: str) -> str | None:
        if what == "passphrase":
            return self._secrets.passphrase(path)
        ask = {"password": self._secrets.password, "sudo_password": self._secrets.sudo_password}
        return ask[what](self._target)


class Line:
    """What is said with one relay; WorkerLost once it can't be heard any more."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.name = name
        self._cluster = cluster
        self._session = tokens.token_hex(8)
        self._worker = ""
        self._lost: ConnectionLost | None = None
        self._slot: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._task: Future[str] | None = None
        self._open = ExitStack()

    def begin(self, target: Target) -> None:
        """Have a worker take it, if it is of our version."""
        self._slot = self._open.enter_context(self._cluster.postbox.slot(self._session))
        bare = replace(target, password=None, become_password=None)  # they are asked for
        self._task = self._cluster.executor.submit(relay, self._cluster.office, self._session, bare)
        self._task.add_done_callback(self._ended)
        seconds = target.connect_timeout or PATIENCE
        try:
            _, data = self.next(seconds)
        except TimeoutError:
            hint = "has the scheduler workers, and is any of them free?"
            raise self._error(f"no worker has taken it in {seconds:.0f} s", hint=hint) from None
        self._worker = data["box"]
        if data["is"] != version():
            hint = f"install hardener {version()['hardener']} there, as it is here"
            raise self._error(f"worker {data['worker']} runs another hardener", hint=hint)
        self._open.enter_context(self._cluster.watch(data["worker"], self._gone))
        self.post("go")

    def next(self, seconds: float | None) -> Message:
        """Return the next message; TimeoutError after `seconds`."""
        if self._lost:
            raise self._lost
        try:
            word, data = self._slot.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        self._lost = self._loss(word, data)
        if self._lost:
            raise self._lost
        return word, data

    def _loss(self, word: str, data: Any) -> ConnectionLost | None:
        """Return what a message says of the end of all messages."""
        if word == GONE:
            return ConnectionLost("the scheduler is gone", where=self.name, why=data)
        if word == LOST:
            return WorkerLost(data, where=self.name)
        if word == "begun" and self._worker:
            # A cluster begins a task anew whose worker it has lost: that one is never told to go.
            return WorkerLost("its worker was lost", where=self.name)
        return None

    def post(self, word: str, data: Any = None) -> None:
        if self._lost:
            raise self._lost
        self._cluster.postbox.post(self._worker, self._session, word, data)

    def close(self) -> None:
        """Hang up; may be called twice."""
        if self._worker and not self._lost:
            self.post("close")
        if self._task:
            self._task.cancel()
        self._open.close()
        self._slot.put(ENDED)  # for whoever still waits for it in another thread

    def _ended(self, task: Future[str]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._gone(f"the worker has failed: {type(error).__name__}: {error}")

    def _gone(self, why: str) -> None:
        self._cluster.postbox.lose(self._session, why)

    def _error(self, what: str, hint: str) -> ConnectError:
        return ConnectError(what, where=self.name, hint=hint)


class RelayedPipe(Pipe):
    """The bytes that a worker passes on."""

    def __init__(self, line: Line) -> None:
        super().__init__(line.name)
        self._line = line
        self._status: int | None = None
        self._ended = False
        self._closing = threading.Lock()

    def receive(self, seconds: float | None) -> bytes:
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._ended:
            left = None if deadline is None else max(0, deadline - time.monotonic())
            word, data = self._line.next(left)
            if word == "data":
                return bytes(data)
            if word == "failed":
                raise of(data)
            if word == "ended":
                self._ended, self._status = True, data["status"]
                self.hear(data["stderr"].encode())
        return b""

    def write(self, data: bytes) -> None:
        self._line.post("data", data)

    def exit_status(self) -> int | None:
        return self._status

    def close(self) -> None:
        with self._closing:
            self._line.close()


def of(told: Mapping[str, str]) -> ConnectError:
    """Return the error that a worker tells."""
    fields = dict(told)
    kind = getattr(errors, fields.pop("kind"), ConnectError)
    return kind(fields.pop("what"), **fields)
