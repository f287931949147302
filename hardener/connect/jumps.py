"""Jump hosts: the route over them, and one link to each, shared by all hosts behind it.

A link each would have a fleet's bastion drop most of them (sshd_config(5), MaxStartups), and ask
whoever logs in by a token once for every host.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from hardener.connect.settings import Settings, resolve
from hardener.connect.target import Target
from hardener.dataclass import dataclass, field
from hardener.errors import ConnectError

if TYPE_CHECKING:
    from hardener.connect.link import Link


@dataclass(frozen=True)
class Hop:
    """A host on the way, or at its end."""

    target: Target
    settings: Settings


def route(target: Target) -> list[Hop]:
    """Return all hosts on the way to a target and itself, the nearest first."""
    hops = [Hop(target, resolve(target))]
    while hops[0].settings.jumps and not hops[0].settings.proxy_command:
        *before, last = hops[0].settings.jumps
        hop = jump_target(hops[0].target, last, ",".join(before))
        settings = resolve(hop)
        if settings in [each.settings for each in hops]:
            way = " → ".join(each.target.name for each in (*reversed(hops), Hop(hop, settings)))
            raise ConnectError("its jump hosts go in a circle", where=target.name, why=way)
        hops.insert(0, Hop(hop, settings))
    return hops


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


@dataclass
class Shared:
    """A link that several use, or that is being made; `users` counts them."""

    link: Future[Link] = field(default_factory=Future)
    users: int = 0

    @property
    def usable(self) -> bool:
        """Is it being made, or up?"""
        if not self.link.done():
            return True
        return self.link.exception() is None and bool(self.link.result().transport.is_active())


class Jumps:
    """The links to jump hosts that are open in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Settings, Shared] = {}

    def take(self, hop: Settings, make: Callable[[], Link]) -> Shared:
        """Return the link to a hop, made by the first who wants it; whoever waits gets its error."""
        with self._lock:
            shared, is_new = self._find(hop)
        if is_new:
            self._fill(shared, make)
        try:
            shared.link.result()
        except BaseException:
            self.give_back(hop, shared)
            raise
        return shared

    def give_back(self, hop: Settings, shared: Shared) -> None:
        """Close the link with its last user."""
        with self._lock:
            shared.users -= 1
            if shared.users:
                return
            if self._open.get(hop) is shared:
                del self._open[hop]
        if shared.link.exception() is None:
            shared.link.result().close()

    def _find(self, hop: Settings) -> tuple[Shared, bool]:
        shared = self._open.get(hop)
        is_new = shared is None or not shared.usable
        if shared is None or is_new:
            shared = self._open[hop] = Shared()
        shared.users += 1
        return shared, is_new

    def _fill(self, shared: Shared, make: Callable[[], Link]) -> None:
        try:
            shared.link.set_result(make())
        except BaseException as error:  # noqa: BLE001 - it is raised again for all who wait
            shared.link.set_exception(error)


JUMPS = Jumps()
