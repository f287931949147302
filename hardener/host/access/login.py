"""Who is logged in, from where and by what: the one that must be let in again.

The controller tells how it has logged in; the host knows the connection by its own end of it.
"""

import re

from hardener.host.typed import Any, NamedTuple, Optional, Tuple

FAR = re.compile(r"[0-9a-fA-F.:]+")


class Login(NamedTuple):
    """What one way in needs; None and "" stand for what is not known.

    `address` is the client's as sshd sees it, `host` and `port` where it listens.
    `methods` are those that the client can use. `key` has type, blob (base64), algorithms.
    `offers` are the algorithms that the client knows, by sshd's words for them.
    """

    user: str = ""
    address: str = ""
    host: str = ""
    port: Optional[int] = None
    methods: Tuple[str, ...] = ()
    key: Any = None
    failures: int = 0  # tries that sshd refuses before the one that it takes
    offers: Any = None
    host_keys: Tuple[Tuple[str, str], ...] = ()  # (type, blob) that the client knows
    becomes: str = ""
    password: Optional[bool] = None  # has it one for sudo?


def ways(told, system):
    """Return (the login as it is, the ways by which the next one may come)."""
    environment = session(system)
    now = _now(told, environment)
    via = told.get("via") or {}
    return now, ((_via(now, via, told.get("dialed")), now) if via else (now,))


def _now(told, environment):
    connection = environment.get("SSH_CONNECTION", "").split()
    address, host, port = (
        (connection[0], connection[2], int(connection[3])) if connection else ("", "", None)
    )
    return Login(
        user=told.get("user") or environment.get("USER", ""),
        address=address,
        host=host,
        port=port,
        methods=tuple(told.get("methods", ())),
        key=told.get("key"),
        failures=told.get("failures", 0),
        offers=told.get("offers"),
        host_keys=tuple(map(tuple, told.get("host_keys", ()))),
        becomes=told.get("becomes", ""),
        password=told.get("password"),
    )


def _via(now, via, dialed):
    """The way that the play names; behind a router nobody knows what its port and address become."""
    straight = dialed and dialed[1] == now.port and dialed[0] in (now.host, "")
    address, port = via.get("address"), via.get("port")
    numeric = address and FAR.fullmatch(address)
    return now._replace(
        user=via.get("user") or now.user,
        host=now.host if not address else address if straight and numeric else "",
        port=now.port if not port else port if straight else None,
    )


def session(system):
    """Return the environment of the ssh session that this process is part of; {} outside of one.

    sudo drops SSH_CONNECTION; the shell before it still has it.
    """
    found, process = {}, "self"
    while process not in ("0", "1", ""):
        environment = _environment(system, process)
        found = environment if "SSH_CONNECTION" in environment else found
        process = _parent(system, process)
    return found


def _environment(system, process):
    try:
        text = system.read("/proc/%s/environ" % process).decode("utf-8", "surrogateescape")
    except OSError:  # it has ended, or is somebody else's
        return {}
    pairs = (entry.partition("=") for entry in text.split("\0"))
    return {name: value for name, _, value in pairs if name}


def _parent(system, process):
    try:
        status = system.read("/proc/%s/status" % process).decode("utf-8", "replace")
    except OSError:
        return ""
    return re.search(r"(?m)^PPid:\s*(\d+)", status).group(1)
