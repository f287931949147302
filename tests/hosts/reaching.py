"""Servers on a host, and who reaches them."""

from faults.lockout.command import Command
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


def over_ipv6(lab: Lab, harden: Command) -> str:
    """Give the host an address of IPv6 that no other host has, and the controller one; the host's."""
    host = harden.host
    address = f"fd00:213::{host.number:x}"
    host.sh(f"ip -6 address add {address}/64 dev {harden.interface()} nodad")
    links = lab.controller(["ip", "-o", "-4", "addr", "show"]).stdout.splitlines()
    own = next(line.split()[1] for line in links if "10.213.0.1/" in line)
    lab.controller(["ip", "-6", "address", "replace", "fd00:213::ffff/64", "dev", own, "nodad"])
    return address
