"""The way to a host: `open` gives a channel to the host's code, however the host is reached.

target  who and where             pipe       bytes to and from one command, by any transport
secrets what may be asked         bootstrap  Python started there, our code brought
start   the command line, sudo    channel    messages on a pipe
                                  packing    messages of which parts are packed already
"""

from __future__ import annotations

from typing import Protocol

from hardener.connect.bootstrap import ENTRY
from hardener.connect.channel import Channel, Hello
from hardener.connect.code import Code, host_code
from hardener.connect.laps import Laps
from hardener.connect.meanwhile import Meanwhile, nothing
from hardener.connect.secrets import AskedOnce, NoSecrets, Secrets
from hardener.connect.target import Target
from hardener.dataclass import dataclass, field

__all__ = [
    "AskedOnce",
    "Channel",
    "Code",
    "Connector",
    "Direct",
    "Hello",
    "Laps",
    "Meanwhile",
    "NoSecrets",
    "Secrets",
    "Target",
    "host_code",
    "nothing",
    "open",
]


def open(
    target: Target,
    secrets: Secrets,
    code: Code | None = None,
    entry: str = ENTRY,
    meanwhile: Meanwhile = nothing,
) -> Channel:
    """Connect, become, bring the code, and return the channel; any ConnectError names the host.

    Wrap `secrets` in AskedOnce once a run, and hosts share the answers. `meanwhile` is called while
    the host is waited for, in any thread, once or not at all: to load what is wanted next.
    """
    if target.kind == "local":
        from hardener.connect.local import open_local

        return open_local(target, secrets, code or host_code(), entry, meanwhile)
    if target.kind == "openssh" or (target.persist and target.kind == "ssh"):
        from hardener.connect.openssh import open_openssh

        return open_openssh(target, secrets, code, entry, meanwhile)
    from hardener.connect.paramiko_ssh import open_ssh

    return open_ssh(target, secrets, code, entry, meanwhile)


class Connector(Protocol):
    """How a command comes to its hosts."""

    def open(self, target: Target, meanwhile: Meanwhile = nothing) -> Channel:
        """Return a channel to a host's code; any ConnectError names the host. See `open`."""


@dataclass(frozen=True)
class Direct:
    """From this machine."""

    secrets: Secrets = field(default_factory=NoSecrets)

    def open(self, target: Target, meanwhile: Meanwhile = nothing) -> Channel:
        return open(target, self.secrets, meanwhile=meanwhile)
