"""As whom a host is worked on."""

from __future__ import annotations

from hardener.dataclass import dataclass


@dataclass(frozen=True)
class Rights:
    """As whom a host's code works: with the rights that `become` would give, by having become it."""

    everything: bool = True
    became: bool = False
