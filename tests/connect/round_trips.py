"""A relay before an sshd that counts how often its client had to wait for an answer before it went on.

Clocks are no measure of that on a busy machine, so what passes is numbered as Lamport has it: what the
server sends is one trip later than the last that had reached it, what the client sends is of the trip
of the last that had reached it. What is sent without waiting costs no trip: the server is not even
dialed before the client has said something, and a client that makes room in its window in the middle of
a long answer (RFC 4254, 5.2) waits for nothing.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from types import TracebackType
from typing import Self

RTT = 0.05  # seconds: what the client sends without waiting has long been sent when an answer comes

ROOM, SMALL = 200_000, 128  # bytes: paramiko makes room after a tenth of 2 MiB, in one packet


class Relay:
    """Listens on `port`; `trips` is the largest number of round trips on one connection."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.trips = 0
        self.connections = 0
        self.sent = 0  # bytes of the client
        self._threads = [threading.Thread(target=self._listen)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listening.accept()[0]
                self.connections += 1
                self._threads.append(threading.Thread(target=self._carry, args=(client,)))
                self._threads[-1].start()

    def _carry(self, client: socket.socket) -> None:
        first = client.recv(1, socket.MSG_PEEK)
        time.sleep(RTT if first else 0)  # that of TCP itself
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            Connection(self, client, server).carry()


class Connection:
    """One client with its server; `_there` and `_here` are the trips that they know of."""

    def __init__(self, relay: Relay, client: socket.socket, server: socket.socket) -> None:
        self._relay = relay
        self._client, self._server = client, server
        self._there = self._here = 1
        self._answer = 0  # bytes of the server since the client's last
        self._under_way: queue.SimpleQueue[tuple[float, int, bytes]] = queue.SimpleQueue()
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def carry(self) -> None:
        threads = [threading.Thread(target=each) for each in (self._late, self._back)]
        for thread in threads:
            thread.start()
        with contextlib.suppress(OSError):
            while data := self._client.recv(1 << 16):
                self._relay.sent += len(data)
                trip = 0 if self._makes_room(data) else self._here
                self._under_way.put((time.monotonic() + RTT, trip, data))
        self._under_way.put((0, 0, b""))
        for thread in threads:
            thread.join()

    def _makes_room(self, data: bytes) -> bool:
        much, self._answer = self._answer >= ROOM, 0
        return much and len(data) <= SMALL

    def _late(self) -> None:
        """Hand on what the client has sent, each piece so much later."""
        due, sent, data = self._under_way.get()
        with contextlib.suppress(OSError):
            while data:
                time.sleep(max(0, due - time.monotonic()))
                self._there = max(self._there, sent)
                self._server.sendall(data)
                due, sent, data = self._under_way.get()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_WR)

    def _back(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._server.recv(1 << 16):
                self._answer += len(data)
                self._here = max(self._here, self._there + 1)
                self._relay.trips = max(self._relay.trips, self._here)
                self._client.sendall(data)
        with contextlib.suppress(OSError):
            self._client.shutdown(socket.SHUT_WR)
