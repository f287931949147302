"""Messages on a byte pipe: a 4-byte big-endian length, then JSON; bytes travel as base64."""

import base64
import json
import struct

from hardener.host.errors import ProtocolError

LIMIT = 64 << 20


def default(value):
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    raise TypeError("%r can't be sent" % (value,))


def revive(mapping):
    if len(mapping) == 1 and "$bytes" in mapping:
        return base64.b64decode(mapping["$bytes"])
    return mapping


def pack(message):
    """Return the frame of one message (a dict)."""
    body = json.dumps(message, default=default, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    if len(body) > LIMIT:
        raise ProtocolError("a message of %d bytes is over the limit of %d" % (len(body), LIMIT))
    return struct.pack(">I", len(body)) + body


def unpack(body):
    """Read the message of one frame's body."""
    try:
        message = json.loads(body.decode("utf-8", "surrogatepass"), object_hook=revive)
    except ValueError as error:
        raise ProtocolError("a frame is not JSON", why=str(error))
    if not isinstance(message, dict):
        raise ProtocolError("a frame holds no message but a %s" % type(message).__name__)
    return message


class Frames:
    """Read and write messages on a pair of binary files."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    def send(self, message):
        self._writer.write(pack(message))
        self._writer.flush()

    def receive(self):
        """Return the next message, or None where the pipe has ended."""
        head = self._exactly(4)
        if head is None:
            return None
        (length,) = struct.unpack(">I", head)
        if length > LIMIT:
            raise ProtocolError(
                "a frame announces %d bytes, over the limit of %d" % (length, LIMIT)
            )
        body = self._exactly(length)
        return None if body is None else unpack(body)

    def _exactly(self, count):
        parts = []
        while count:
            part = self._reader.read(count)
            if not part:
                return None
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
