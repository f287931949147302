"""The first byte stream towards a host: TCP, or a proxy command's stdin and stdout."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile

from hardener.connect.settings import Settings
from hardener.errors import ConnectError

# A dead link is noticed after this many ms: keepalives go unacknowledged (tcp(7)).
USER_TIMEOUT = 60_000
PATIENCE = 2.0
LAST_WORD = 0.5
TAIL = 1000


class PromptSocket(socket.socket):
    """Acknowledges what comes at once.

    sshd leaves Nagle's algorithm on: after a login it sends its host keys, to which there is
    no answer, and would keep the next packet back until the kernel's delayed ACK, 40 ms later.
    """

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        if hasattr(socket, "TCP_QUICKACK"):  # Linux; it wears off, tcp(7)
            with contextlib.suppress(OSError):
                self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return super().recv(size, flags)


def tcp(settings: Settings) -> socket.socket:
    """Connect with small packets sent at once; ConnectError says what was in the way."""
    try:
        sock = _first(settings)
    except socket.gaierror as error:
        raise _error(settings, "its address can't be found", error, "is the name right?") from error
    except TimeoutError as error:
        hint = "is it up, and does no firewall drop this port?"
        what = f"no answer in {settings.seconds:g} s"
        raise _error(settings, what, error, hint) from error
    except ConnectionRefusedError as error:
        hint = "does sshd run there, and on this port?"
        raise _error(settings, "connection refused", error, hint) from error
    except OSError as error:
        raise _error(settings, "can't connect", error, "") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT)
    return sock


def _first(settings: Settings) -> socket.socket:
    """Try each address of the host in turn."""
    last = OSError("it has no address of that family")
    infos = socket.getaddrinfo(settings.host, settings.port, settings.family, socket.SOCK_STREAM)
    for family, kind, protocol, _, address in infos:
        sock = PromptSocket(family, kind, protocol)
        try:
            sock.settimeout(settings.seconds)
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            last = error
    raise last


def _error(settings: Settings, what: str, error: OSError, hint: str) -> ConnectError:
    why = error.strerror or str(error)
    return ConnectError(f"{settings.place}: {what}", where=settings.name, why=why, hint=hint)


class ProxyCommand:
    """A shell command whose stdin and stdout are one socket, so that nothing has to copy."""

    def __init__(self, command: str) -> None:
        self._complaints = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - closed by close
        self.sock, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", "exec " + command],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._complaints,
                start_new_session=True,
            )

    def said(self) -> str:
        """Return the end of what it wrote to its standard error, waiting a little for its last word."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST_WORD)
        self._complaints.seek(max(0, self._complaints.seek(0, os.SEEK_END) - TAIL))
        text = self._complaints.read().decode("utf-8", "replace").strip()
        status = self._process.returncode
        return text or (f"its ProxyCommand ended with {status}" if status else "")

    def close(self) -> None:
        """Hang up, and end the command if it does not end itself."""
        self.sock.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._complaints.close()
