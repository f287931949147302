"""The floor over SSH: the same library, one connection, one exec of one script, nothing else.

push.py ADDRESS:PORT[,…] USER PRIVATE_KEY KNOWN_HOSTS SCRIPT [WORD …]

The script goes to `python3 -I -S -` by its stdin, through sudo unless the user is root. The
host's key is verified, and the socket sends at once, as ours does. Several hosts are reached side
by side.
"""

from __future__ import annotations

import shlex
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.modules["invoke"] = None  # type: ignore[assignment] # half of paramiko's import, for nothing
import paramiko  # noqa: E402

AT_ONCE = 16


def main(hosts: str, *rest: str) -> int:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return max(pool.map(partial(push, rest), hosts.split(",")))


def push(rest: tuple[str, ...], host: str) -> int:
    """Do it on one host; return how the script ended."""
    user, key, known_hosts, script, *words = rest
    address, _, port = host.partition(":")
    sock = socket.create_connection((address, int(port)), 30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client = paramiko.SSHClient()
    client.load_host_keys(known_hosts)
    with client:
        client.connect(
            address, int(port), user, key_filename=key, sock=sock, allow_agent=False,
            look_for_keys=False,
        )  # fmt: skip
        sudo = [] if user == "root" else ["sudo", "-n"]
        command = shlex.join([*sudo, "python3", "-I", "-S", "-", *words])
        stdin, stdout, stderr = client.exec_command(command)
        stdin.write(Path(script).read_bytes())
        stdin.channel.shutdown_write()
        sys.stdout.write(stdout.read().decode())
        sys.stderr.write(stderr.read().decode())
        return int(stdout.channel.recv_exit_status())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
