"""From a byte stream to an SSH transport whose host key is the known one."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable
from random import SystemRandom
from typing import Any

from hardener.connect.alive import Heard
from hardener.connect.host_keys import HostKeys
from hardener.connect.lazy_paramiko import paramiko
from hardener.connect.settings import Settings
from hardener.errors import ConnectError

PATIENCE = 10.0
AUTHENTICATION = 60.0
# Seconds before it is tried again where a server, or a proxy's, turned us away at the door.
PAUSES = (0.5, 1.0, 2.0)
TURNED_AWAY = r"Exceeded MaxStartups|kex_exchange_identification|Connection (reset|closed) by"


class NoSsh(ConnectError):
    """No SSH server answered; `turned_away` is whether it may another time."""

    turned_away = False


def patiently(attempt: Callable[[], Any]) -> Any:
    """Try again after being turned away: a busy sshd drops connections by chance (MaxStartups)."""
    for pause in PAUSES:
        try:
            return attempt()
        except NoSsh as error:
            if not error.turned_away:
                raise
            time.sleep(pause * SystemRandom().uniform(0.5, 1.5))
    return attempt()


def shake_hands(
    settings: Settings,
    sock: Heard,
    on_close: Callable[..., Any],
    said_beside: Callable[[], str] = str,
) -> Any:
    """Negotiate, verify the host's key, return the transport; `said_beside` is a proxy's stderr."""
    library, keys = paramiko(), HostKeys(settings)
    transport = library.Transport(sock)
    on_close(_hang_up, transport)
    transport.banner_timeout = transport.handshake_timeout = settings.greeting
    transport.auth_timeout = AUTHENTICATION
    options = transport.get_security_options()
    options.key_types = keys.order(options.key_types)
    began = time.monotonic()
    try:
        transport.start_client(timeout=2 * settings.greeting)
        key = transport.get_remote_server_key()
    except (library.SSHException, OSError, EOFError) as error:
        waited = time.monotonic() - began
        raise _no_ssh(settings, error, sock.first, waited, said_beside()) from error
    keys.verify(key.get_name(), key.asbytes())
    return transport


def _hang_up(transport: Any) -> None:
    """Close it and wait for its thread, which paramiko does not where the server hung up first.

    The thread sits in recv, up to 0.1 s: the end of the stream wakes it.
    """
    with contextlib.suppress(OSError, EOFError):
        transport.sock.shutdown(socket.SHUT_RDWR)
    transport.close()
    if transport.is_alive():
        transport.join(PATIENCE)


def _no_ssh(
    settings: Settings, error: Exception, first: bytes, waited: float, beside: str
) -> NoSsh:
    what, why, hint = _words(settings, error, first, waited)
    found = NoSsh(
        f"{settings.place}: {what}", where=settings.name, why=beside or why, hint="" if beside else hint
    )  # fmt: skip
    silent = waited < settings.greeting and not first
    said = beside or first.decode("utf-8", "replace")
    found.turned_away = bool(re.search(TURNED_AWAY, said)) if said else silent
    return found


def _words(
    settings: Settings, error: Exception, first: bytes, waited: float
) -> tuple[str, str, str]:
    """Return what happened, why, and what to do."""
    if isinstance(error, paramiko().ssh_exception.IncompatiblePeer):
        hint = "is its sshd older than OpenSSH 7.2, or hardened beyond us?"
        return "no common algorithms", str(error), hint
    if waited >= settings.greeting:
        what = f"it takes connections, but says nothing for {settings.greeting:g} s"
        if first:
            what = f"it did not agree on keys within {settings.greeting:g} s"
        return what, "", "does sshd listen there, and is the host out of memory, or its disk gone?"
    if not first and settings.proxy_command:
        return "nothing comes through its ProxyCommand", "", f"try: {settings.proxy_command}"
    if not first:
        hint = "is its sshd too busy (MaxStartups), or does it not let us in (hosts.deny, a ban)?"
        return "it hangs up before it says a word", "", hint
    if not first.startswith(b"SSH-"):
        said = first.split(b"\n")[0].decode("utf-8", "replace").strip()
        return f"no SSH server answers, but one that says «{said}»", "", "is the port right?"
    return "it broke off the handshake", str(error) or type(error).__name__, ""
