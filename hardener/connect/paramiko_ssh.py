"""A pipe to a command on another machine, by paramiko."""

from __future__ import annotations

import contextlib
import select
import threading
import time

from hardener.connect import login_facts
from hardener.connect.channel import Channel
from hardener.connect.code import Code, host_code
from hardener.connect.jumps import route
from hardener.connect.laps import Laps
from hardener.connect.lazy_paramiko import paramiko
from hardener.connect.link import Link, reach
from hardener.connect.meanwhile import Meanwhile, nothing
from hardener.connect.pipe import CHUNK, STALLED, Pipe
from hardener.connect.secrets import Secrets
from hardener.connect.start import Start, meet
from hardener.connect.target import Target
from hardener.errors import ConnectError, ConnectionLost

PATIENCE = 2.0
# Seconds for the host to open a session once the login is through. PAM's session modules come before
# that: pam_systemd waits for two minutes at most where logind is slow, then lets the user in.
SESSION = 130.0


class SshPipe(Pipe):
    """One exec on one link; both end together."""

    def __init__(self, name: str, link: Link, command: str) -> None:
        super().__init__(name)
        self._link = link
        library = paramiko()
        try:
            self._channel = link.transport.open_session(timeout=SESSION)
            self._channel.exec_command(command)
        except (library.SSHException, OSError, EOFError) as error:
            raise ConnectError("sshd runs no command for us", where=name, why=str(error)) from error
        self._channel.settimeout(STALLED)
        self._poll = select.poll()
        self._poll.register(self._channel.fileno(), select.POLLIN)

    def receive(self, seconds: float | None) -> bytes:
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            wait = None if end is None else max(0, int((end - time.monotonic()) * 1000))
            if not self._poll.poll(wait):
                raise TimeoutError
            self._drain_stderr()
            if self._channel.recv_ready():
                return bytes(self._channel.recv(CHUNK))
            if self._channel.eof_received or self._channel.closed:
                self._last_words()
                return b""
            if end is not None and time.monotonic() >= end:
                raise TimeoutError

    def write(self, data: bytes) -> None:
        try:
            self._send(data)
        except TimeoutError:
            raise self.lost(f"it has read nothing for {STALLED:.0f} s") from None
        except (OSError, EOFError, paramiko().SSHException) as error:
            self._last_words()
            raise self.lost("the connection has ended") from error

    def lost(self, what: str) -> ConnectionLost:
        why = self._link.ended()
        return super().lost(f"{what}: {why}" if why else what)

    def exit_status(self) -> int | None:
        if self._channel.status_event.wait(PATIENCE):
            return int(self._channel.exit_status)
        return None

    def _send(self, data: bytes) -> None:
        """Send in pieces; paramiko's own sendall turns in circles where the channel has ended."""
        for start in range(0, len(data), CHUNK):
            piece = data[start : start + CHUNK]
            while piece:
                sent = self._channel.send(piece)
                if not sent:
                    raise EOFError
                piece = piece[sent:]

    def _drain_stderr(self) -> None:
        if self._channel.recv_stderr_ready():
            self.hear(self._channel.recv_stderr(CHUNK))

    def _last_words(self) -> None:
        while self._channel.recv_stderr_ready():
            self.hear(self._channel.recv_stderr(CHUNK))

    def close(self) -> None:
        # It sends, which breaks where the link has just gone and paramiko does not know it yet.
        with contextlib.suppress(OSError, EOFError, paramiko().SSHException):
            self._channel.close()
        self._link.close()


def open_ssh(
    target: Target,
    secrets: Secrets,
    code: Code | None,
    entry: str,
    meanwhile: Meanwhile = nothing,
) -> Channel:
    """Log in and start the host's code there; by the ssh program where paramiko can't do what it is told."""
    laps = Laps()
    # No daemon: one that imports while Python ends is ended within cryptography's Rust, which aborts.
    threading.Thread(target=_get_ready, args=[meanwhile]).start()
    way = route(target)
    if target.kind == "ssh" and any(hop.settings.beyond for hop in way):
        from hardener.connect.openssh import open_openssh

        return open_openssh(target, secrets, code, entry, meanwhile)
    laps.end("settings of ssh")
    link = reach(way, secrets, laps)
    try:
        wanted = Start.of(target, way[-1].settings.user, secrets, code or host_code(), entry)
        pipe = SshPipe(target.name, link, wanted.line())
    except BaseException:
        link.close()
        raise
    return meet(pipe, wanted, laps, lambda: login_facts.gather(link))


def _get_ready(meanwhile: Meanwhile) -> None:
    """Do what every connection needs while ssh is asked for its settings, then what comes after it."""
    with contextlib.suppress(Exception):  # whoever needs it says so
        paramiko()
        host_code()
        meanwhile()
