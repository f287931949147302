"""The floor over SSH: the same library, one connection, one exec of one script, nothing else.

push.py ADDRESS USER PRIVATE_KEY KNOWN_HOSTS SCRIPT [WORD …]

The script goes to `python3 -I -S -` by its stdin, through sudo unless the user is root. The
host's key is verified, and the socket sends at once, as ours does.
"""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path

sys.modules["invoke"] = None  # type: ignore[assignment] # half of paramiko's import, for nothing
import paramiko  # noqa: E402


def main(address: str, user: str, key: str, known_hosts: str, script: str, *words: str) -> int:
    sock = socket.create_connection((address, 22), 30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client = paramiko.SSHClient()
    client.load_host_keys(known_hosts)
    with client:
        client.connect(
            address, username=user, key_filename=key, sock=sock, allow_agent=False,
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
