"""Which key exchange ssh is asked for first: of the good ones, one that costs little."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hardener.connect.asked import asked
from hardener.connect.ssh_options import Options

# OpenSSH 8.9 to 9.9 offers sntrup761x25519 first, which takes seven times as much of the processor; the
# one of 10.0 on withstands quantum computers, too, and is as cheap as curve25519 (ssh_config(5)).
CHEAP = ("mlkem768x25519-sha256", "curve25519-sha256")
SECONDS = 30.0


def options(found: Options) -> Sequence[str]:
    """Return what is said of it; nothing where a configuration does, or where a cheap one is first."""
    offers = found.get("kexalgorithms", [""])[0]
    first = next((name for name in CHEAP if name in offers.split(",")), "")
    if not first or offers.startswith(first) or offers != _own():
        return ()
    return (f"KexAlgorithms=^{first}",)


@cache
def _own() -> str:
    """Return what ssh offers without a configuration."""
    said = asked(["ssh", "-G", "-F", "none", "--", "any"], SECONDS).stdout.splitlines()
    return next((line.partition(" ")[2] for line in said if line.startswith("kexalgorithms ")), "")
