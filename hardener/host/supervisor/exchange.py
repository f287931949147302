"""One request to a supervisord and its answer, over whatever the host's door dials."""

from hardener.host import http_client

PATIENCE = 60  # seconds for one answer: it is never asked to wait for a program
LARGEST = 1 << 24  # bytes of an answer
BEGIN, END = b"<methodResponse>", b"</methodResponse>"


def post(system, address, headers, body):
    """Return (status, reason, what is answered); OSError where nobody answers, ValueError if not HTTP."""
    told = {"Host": "localhost", "Content-Type": "text/xml", **headers}
    with system.dial(address, PATIENCE) as connection:
        asked = connection, system.clock, PATIENCE
        with http_client.ask(*asked, "POST", "/RPC2", told, body) as reply:
            return reply.status, reply.reason, _whole(reply.coming, reply.length)


def _whole(coming, length):
    """Read an answer: where supervisor answers late, its Content-Length counts characters, not bytes."""
    body = coming.read(LARGEST if length is None else min(length, LARGEST))
    while BEGIN in body and END not in body and len(body) < LARGEST:
        line = coming.readline(LARGEST)
        if not line:
            break
        body += line
    return body
