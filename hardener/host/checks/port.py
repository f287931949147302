"""Who listens on a TCP port, and that nobody else does (proc(5): /proc/net/tcp)."""

import socket
import struct

from hardener.host.errors import StepError

LISTEN = "0A"
MAPPED = "::ffff:"  # an address of IPv4 at a socket of IPv6: ipv6(7)
ALL = {"0.0.0.0": ".", "::": ""}  # what all addresses with this sign in them are reached by


def check(params, system):
    """`params`: port, listening (true or false), address (only this one)."""
    found = sorted(address for address, port in listeners(system) if port == params.port)
    if params.address:
        found = [address for address in found if serves(address, params.address)]
    if params.listening and not found:
        return "nothing listens on port %d" % params.port
    if not params.listening and found:
        return "something listens on port %d (%s)" % (params.port, ", ".join(found))
    return None


def listeners(system):
    """Yield (address, port) of every listening TCP socket."""
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        if system.lstat(path) is None:
            continue
        for line in system.read(path).decode("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN:
                address, _, port = fields[1].partition(":")
                yield readable(address), int(port, 16)


def serves(bound, address):
    """Does a socket that is bound to one address take what is sent to another? `::` takes IPv4 too."""
    bound, address = plain(bound), plain(address)
    return bound == address or (bound in ALL and ALL[bound] in address)


def plain(address):
    """Return an address in its one form; raises StepError where it is none of IP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        form = socket.inet_ntop(family, socket.inet_pton(family, address))
    except (OSError, ValueError):
        raise StepError("%r is no address of IP" % address)
    return form[len(MAPPED) :] if form.startswith(MAPPED) and "." in form else form


def readable(address):
    """Turn the kernel's hex (32-bit words, host byte order) into an address."""
    words = [
        struct.pack("=I", int(address[start : start + 8], 16))
        for start in range(0, len(address), 8)
    ]
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, b"".join(words))
