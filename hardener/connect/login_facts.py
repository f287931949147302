"""By what we are logged in on a host: what it needs to know to judge whether we could be again.

Plain data, in the words of host/access/login.py.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hardener.connect.host_keys import ALGORITHMS, HostKeys

if TYPE_CHECKING:
    from hardener.connect.link import Link


def gather(link: Link) -> Mapping[str, Any]:
    """Return what is known of the login on a link."""
    settings, took = link.settings, link.login.took
    keys = [one.key for one in took if one.key is not None]
    return {
        "user": settings.user,
        "dialed": _dialed(link),
        "methods": sorted({method for one in took for method in _alike(one.method)}),
        "key": _key(keys[-1]) if keys else None,
        "failures": link.login.failures,
        "offers": _offers(link.transport),
        "host_keys": [[kind, _base64(key)] for kind, key in HostKeys(settings).known()],
    }


def _alike(method: str) -> tuple[str, ...]:
    """Return the methods that the same answer serves: a password is tried in both ways."""
    by_password = ("password", "keyboard-interactive")
    return by_password if method in by_password else () if method == "none" else (method,)


def _key(key: Any) -> Mapping[str, Any]:
    kind = key.get_name()
    bare = kind.partition("-cert-")[0]
    certificate = key.public_blob is not None or bare != kind
    return {
        "type": bare,
        "blob": _base64(key.asbytes()),
        "algorithms": list(ALGORITHMS.get(bare, (bare,))),
        "certificate": certificate,
    }


def _offers(transport: Any) -> Mapping[str, list[str]]:
    """Return our algorithms by the names of sshd's options for them (sshd_config(5))."""
    options = transport.get_security_options()
    return {
        "kexalgorithms": list(options.kex),
        "ciphers": list(options.ciphers),
        "macs": list(options.digests),
        "hostkeyalgorithms": list(options.key_types),
    }


def _dialed(link: Link) -> list[Any]:
    """Return the address that answered, as we see it, and the port; no address behind a jump or proxy."""
    if link.settings.jumps or link.settings.proxy_command:
        return ["", link.settings.port]
    return list(link.transport.sock.getpeername()[:2])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
