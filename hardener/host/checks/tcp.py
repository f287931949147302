"""Something accepts connections at an address."""

import socket


def check(params, system):
    """Connect once; `params`: host, port, timeout (seconds)."""
    try:
        socket.create_connection((params.host, params.port), params.timeout).close()
    except OSError as error:
        return "nothing accepts at %s:%d: %s" % (params.host, params.port, error.strerror or error)
    return None
