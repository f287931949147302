"""Where sshd listens, by itself or by a socket of systemd, and whether anything starts it."""

import re

from hardener.host.access.answers import No

GENERATOR = "/usr/lib/systemd/system-generators/sshd-socket-generator"
UNITS = ("ssh", "sshd", "ssh.socket", "sshd.socket")


def runs(said, planned, login):
    """Does anything start it, now and at the next boot?"""
    if planned.view.facts["system"]["init"] != "systemd":
        return None
    states = [planned.service(unit) for unit in UNITS]
    if not any(state.running for state in states):
        return No("sshd would not run", "leave ssh, or its socket, running")
    if not any(state.enabled and not state.masked for state in states):
        return No("sshd would not be started by the next boot", "leave ssh, or its socket, enabled")
    return None


def listens(said, planned, login):
    places = listening(said, planned)
    if login.port is None or any(reaches(place, login) for place in places):
        return None
    ports = sorted({port for _, port in places})
    at = "port %s" % ", ".join(map(str, ports)) if login.port not in ports else "another address"
    via = "{port: %s}" % ports[0] if ports and login.port not in ports else "{address: …}"
    return No(
        "sshd would listen on %s, and this login came to port %d of %s"
        % (at if places else "nothing", login.port, login.host or "any address"),
        "if that is meant, give the play `confirm_via: %s`" % via,
        word="Port|ListenAddress|ListenStream",
    )


def listening(said, planned):
    """Return the (address, port) pairs: the socket's, where systemd listens for sshd (D10)."""
    own = [split(value) for value in said.get("listenaddress", ())]
    for unit in UNITS[2:]:
        if planned.running(unit):
            return socket_places(planned, unit, said)
    return own


def socket_places(planned, unit, said):
    """Return what ListenStream= says, drop-ins in their order (systemd.unit(5))."""
    texts = planned.unit(unit)
    if planned.exists(GENERATOR):  # Ubuntu writes sshd's own ports there at each reload
        texts.append(
            ("addresses.conf", "".join("ListenStream=%s\n" % v for v in said["listenaddress"]))
        )
        texts[1:] = sorted(texts[1:])
    found = []
    for _, text in texts:
        for value in re.findall(r"(?m)^[ \t]*ListenStream[ \t]*=[ \t]*(\S*)", text):
            found = found + [split(value)] if value else []
    return [place for place in found if place]


def split(value):
    """Return (address, port) of `22`, `1.2.3.4:22`, `[::]:22`; None for a path."""
    address, _, port = value.rpartition(":")
    return (address.strip("[]"), int(port)) if port.isdigit() else None


def reaches(place, login):
    address, port = place
    everywhere = {"", "0.0.0.0" if "." in login.host else "::"} | {"::"}
    return port == login.port and (
        not login.host or address in everywhere or same(address, login.host)
    )


def same(one_, other):
    import ipaddress

    try:
        return ipaddress.ip_address(one_) == ipaddress.ip_address(other)
    except ValueError:
        return one_ == other
