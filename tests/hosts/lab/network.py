"""A network of the tests' own: a namespace with a bridge for the controller, one for each host.

There is no way out of it, and several sessions may use the same addresses at the same time.
Only `boot-host` makes a host's namespace: a reboot brings a new one, without the old rules.
"""

import ctypes
import os
import socket
import threading
from pathlib import Path

from lab.commands import run

CONTROLLER = "10.213.0.1"
NAMESPACES = Path("/run/netns")
CLONE_NEWNET = 0x40000000


def address(number: int) -> str:
    """The address of the nth host of a session."""
    return f"10.213.{number // 200}.{number % 200 + 10}"


def create(namespace: str) -> None:
    """Make the controller's namespace with its bridge."""
    run(["ip", "netns", "add", namespace])
    commands = (
        "link set lo up",
        "link add bridge0 type bridge",
        f"address add {CONTROLLER}/16 dev bridge0",
        "link set bridge0 up",
    )
    run(["ip", "-n", namespace, "-batch", "-"], input="\n".join(commands) + "\n")


def delete(prefix: str) -> None:
    """Delete all namespaces of a session, with their links."""
    if NAMESPACES.is_dir():
        for namespace in NAMESPACES.glob(f"{prefix}-*"):
            run(["ip", "netns", "delete", namespace.name])


def set_link(namespace: str, link: str, state: str) -> None:
    """Cut a host's cable (`down`) or mend it (`up`), at the controller's end."""
    run(["ip", "-n", namespace, "link", "set", link, state])


def connect(namespace: str, host: str, port: int, timeout: float = 5) -> socket.socket:
    """Connect from within a namespace, in this process: a socket stays where it was made."""
    result: list[socket.socket | OSError] = []

    def enter_and_connect() -> None:
        # setns(2) moves only the calling thread, which ends here.
        try:
            enter(namespace)
            result.append(socket.create_connection((host, port), timeout))
        except OSError as error:
            result.append(error)

    thread = threading.Thread(target=enter_and_connect)
    thread.start()
    thread.join()
    if isinstance(result[0], OSError):
        raise result[0]
    return result[0]


def enter(namespace: str) -> None:
    """Move the calling thread into a namespace (os.setns came only with Python 3.12)."""
    handle = os.open(NAMESPACES / namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {namespace}")
    finally:
        os.close(handle)
