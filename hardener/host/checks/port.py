"""Who listens on a TCP port, and that nobody else does (proc(5): /proc/net/tcp)."""

import socket
import struct

LISTEN = "0A"


def check(params, system):
    """`params`: port, listening (true or false), address (only this one)."""
    found = sorted(address for address, port in listeners(system) if port == params.port)
    if params.address:
        found = [address for address in found if address in (params.address, "0.0.0.0", "::")]
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


def readable(address):
    """Turn the kernel's hex (32-bit words, host byte order) into an address."""
    words = [
        struct.pack("=I", int(address[start : start + 8], 16))
        for start in range(0, len(address), 8)
    ]
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, b"".join(words))
