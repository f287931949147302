"""Servers on a host, and who reaches them."""

from lab.host import Host
from lab.session import Lab

SERVER = "systemd-run --quiet --unit=web-%d python3 -m http.server --bind :: %d"


def serve(host: Host, port: int) -> None:
    host.sh(SERVER % (port, port))
    host.wait_until(["sh", "-c", f"ss -Hltn sport = :{port} | grep -q ."])


def reaches(lab: Lab, address: str, port: int) -> bool:
    """Does a connection from the controller come through?"""
    say = f"import socket; socket.create_connection(({address!r}, {port}), 2)"
    return lab.controller(["python3", "-c", say], check=False).returncode == 0
