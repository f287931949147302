"""An authenticated SSH connection to a host, over as many hops as it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from hardener.connect.dial import ProxyCommand, tcp
from hardener.connect.host_keys import HostKeys
from hardener.connect.lazy_paramiko import paramiko
from hardener.connect.login import Login
from hardener.connect.secrets import Secrets
from hardener.connect.settings import Settings, resolve
from hardener.connect.target import Target
from hardener.errors import ConnectError

HOPS = 8
KEEPALIVE = 15
BANNER = HANDSHAKE = 30.0
AUTHENTICATION = 60.0
PATIENCE = 10.0


class Link:
    """One hop; `via` is what it goes through, closed with it."""

    def __init__(self, settings: Settings, target: Target, secrets: Secrets, hops: int = 0) -> None:
        self.settings = settings
        self._closing = contextlib.ExitStack()
        with contextlib.ExitStack() as closing:
            sock = _stream(settings, target, secrets, hops, closing.callback)
            self.transport = _speak_ssh(settings, sock, closing.callback)
            Login(self.transport, settings, target, secrets).run()
            self._closing = closing.pop_all()
        self.transport.set_keepalive(KEEPALIVE)

    def close(self) -> None:
        """Close the connection and all below it."""
        self._closing.close()


def _stream(
    settings: Settings, target: Target, secrets: Secrets, hops: int, on_close: Callable[..., Any]
) -> Any:
    """Return a socket or what acts as one."""
    if settings.proxy_command:
        proxy = ProxyCommand(settings.proxy_command)
        on_close(proxy.close)
        return proxy.sock
    if settings.jumps:
        via = _jump(settings, target, secrets, hops)
        on_close(via.close)
        return _through(via, settings)
    sock = tcp(settings)
    on_close(sock.close)
    return sock


def _jump(settings: Settings, target: Target, secrets: Secrets, hops: int) -> Link:
    """Reach the last jump host through those before it; the first may have jumps of its own."""
    if hops >= HOPS:
        raise ConnectError(f"more than {HOPS} jumps: do they go in a circle?", where=target.name)
    *before, last = settings.jumps
    hop = jump_target(target, last, ",".join(before))
    return Link(resolve(hop), hop, secrets, hops + 1)


def jump_target(target: Target, text: str, before: str) -> Target:
    """Return the target for `[user@]host[:port]`, as ssh -J takes it."""
    user, _, place = text.removeprefix("ssh://").rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or place.endswith("]"):
        host, port = place, ""
    return Target(
        name=text,
        address=host.strip("[]"),
        port=int(port) if port.isdigit() else None,
        user=user or None,
        proxy_jump=before or None,
        ssh_config=target.ssh_config,
        accept_new=target.accept_new,
        connect_timeout=target.connect_timeout,
    )


def _through(via: Link, settings: Settings) -> Any:
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


def _speak_ssh(settings: Settings, sock: Any, on_close: Callable[..., Any]) -> Any:
    """Negotiate and verify the host's key."""
    library, keys = paramiko(), HostKeys(settings)
    transport = library.Transport(sock)
    on_close(_hang_up, transport)
    transport.banner_timeout, transport.handshake_timeout = BANNER, HANDSHAKE
    transport.auth_timeout = AUTHENTICATION
    options = transport.get_security_options()
    options.key_types = keys.order(options.key_types)
    try:
        transport.start_client(timeout=BANNER + HANDSHAKE)
        key = transport.get_remote_server_key()
    except (library.SSHException, OSError, EOFError) as error:
        raise _no_ssh(settings, error) from error
    keys.verify(key.get_name(), key.asbytes())
    return transport


def _hang_up(transport: Any) -> None:
    """Close it and wait for its thread, which paramiko does not where the server hung up first."""
    transport.close()
    if transport.is_alive():
        transport.join(PATIENCE)


def _no_ssh(settings: Settings, error: Exception) -> ConnectError:
    if isinstance(error, paramiko().ssh_exception.IncompatiblePeer):
        what, hint = (
            "no common algorithms",
            "is its sshd older than OpenSSH 7.2, or hardened beyond us?",
        )
    else:
        what, hint = (
            "no SSH server answers",
            "is it sshd that listens there, and not too busy (MaxStartups)?",
        )
    why = str(error) or type(error).__name__
    return ConnectError(f"{settings.place}: {what}", where=settings.name, why=why, hint=hint)
