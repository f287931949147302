"""An authenticated SSH connection to a host, over as many hops as it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from hardener.connect import alive
from hardener.connect.alive import Heard
from hardener.connect.dial import ProxyCommand, tcp
from hardener.connect.handshake import patiently, shake_hands
from hardener.connect.jumps import JUMPS, Hop
from hardener.connect.laps import Laps
from hardener.connect.lazy_paramiko import paramiko
from hardener.connect.login import Login
from hardener.connect.secrets import Secrets
from hardener.connect.settings import Settings
from hardener.errors import ConnectError

# Seconds between two looks of an idle connection's thread: paramiko's tenth of one keeps a processor
# busy where a fleet waits.
ASLEEP = 5.0


def reach(route: Sequence[Hop], secrets: Secrets, laps: Laps | None = None) -> Link:
    """Connect to the last hop of a route; those before it are shared with others."""
    laps = laps or Laps()
    *before, hop = route
    with contextlib.ExitStack() as closing:
        via = None
        if before:
            key = before[-1].settings
            shared = JUMPS.take(key, lambda: reach(before, secrets))
            closing.callback(JUMPS.give_back, key, shared)
            via = shared.link.result()
            laps.end("jumps")
        return Link(hop, via, secrets, closing, laps)


class Link:
    """A connection to one hop through another, if any; `closing` lets go of what it rests on."""

    def __init__(
        self,
        hop: Hop,
        via: Link | None,
        secrets: Secrets,
        closing: contextlib.ExitStack,
        laps: Laps,
    ) -> None:
        self.settings = hop.settings
        self._via = via
        self._laps = laps
        self.transport = patiently(lambda: self._connect(closing))
        self.login = Login(self.transport, hop.settings, hop.target, secrets)
        self.login.run()
        laps.end("login")
        interval, count = hop.settings.alive_interval, hop.settings.alive_count
        alive.watch(self.transport, self.transport.sock, interval, count)
        if via is None:  # its end wakes the thread that reads; a channel's does not
            self.transport.sock.settimeout(min(interval, ASLEEP))
        self._closing = closing.pop_all()

    def close(self) -> None:
        """Close the connection and let go of all below it."""
        self._closing.close()

    def ended(self) -> str:
        """Return why it is no more, as far as that is known; empty otherwise."""
        error = self.transport.saved_exception
        own = "" if isinstance(error, EOFError) else str(error or "")
        through = self._via.ended() if self._via else ""
        return own or (f"{self._via.settings.place}: {through}" if self._via and through else "")

    def _connect(self, closing: contextlib.ExitStack) -> Any:
        """Return a transport; nothing of an attempt that failed stays open."""
        with contextlib.ExitStack() as attempt:
            sock, beside = self._stream(attempt.callback)
            self._laps.end("connect")
            transport = shake_hands(self.settings, Heard(sock), attempt.callback, beside)
            self._laps.end("handshake")
            closing.push(attempt.pop_all())
            return transport

    def _stream(self, on_close: Callable[..., Any]) -> tuple[Any, Callable[[], str]]:
        """Return a socket or what acts as one, and what tells of trouble beside it."""
        if self.settings.proxy_command:
            proxy = ProxyCommand(self.settings.proxy_command)
            on_close(proxy.close)
            return proxy.sock, proxy.said
        sock = _channel(self._via, self.settings) if self._via else tcp(self.settings)
        on_close(sock.close)
        return sock, str


def _channel(via: Link, settings: Settings) -> Any:
    library = paramiko()
    try:
        return via.transport.open_channel(
            "direct-tcpip",
            (settings.host, settings.port),
            ("127.0.0.1", 0),
            timeout=settings.seconds,
        )
    except (library.SSHException, OSError, EOFError) as error:
        what = f"{via.settings.place} does not reach {settings.place}"
        raise ConnectError(what, where=settings.name, why=str(error)) from error
