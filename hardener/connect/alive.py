"""Notice a server that has died, or whose jump host lost it: one that lives answers when it is asked.

TCP alone knows only of its own next hop, and a frozen machine's kernel acknowledges all that comes.
"""

from __future__ import annotations

import time
from typing import Any

from hardener.connect.lazy_paramiko import paramiko

KEPT = 255  # RFC 4253, 4.2: the longest line with which a server begins


class Heard:
    """A socket, or what acts as one, that remembers when something came, and what came first."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self.first = b""
        self.at = time.monotonic()

    def recv(self, size: int) -> bytes:
        data: bytes = self._sock.recv(size)
        if data:
            self.at = time.monotonic()
            self.first = (self.first + data)[:KEPT] if len(self.first) < KEPT else self.first
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def watch(transport: Any, sock: Heard, interval: float, count: int) -> None:
    """Ask for a sign of life after `interval` seconds of silence; end the link after `count` in vain."""
    library = paramiko()

    def ask() -> None:
        silent = time.monotonic() - sock.at
        if silent > interval * count:
            raise library.SSHException(f"nothing was heard of it for {silent:.0f} s")
        question = library.Message()
        question.add_byte(library.common.cMSG_GLOBAL_REQUEST)
        question.add_string("keepalive@openssh.com")
        question.add_boolean(True)  # an answer is wanted; that of one who does not know it will do
        transport._send_user_message(question)  # global_request() would wait for it, in this thread

    transport.packetizer.set_keepalive(interval, ask)
