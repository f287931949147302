"""Messages on a byte pipe: a 4-byte big-endian length, then JSON; bytes travel as base64.

Neither side trusts the other's: how long a frame is, how deep and how many its
values, and which numbers it holds is bounded before anything is made of it.
"""

import base64
import contextlib
import io
import json
import select
import struct
import threading

from hardener.host.errors import LostFrame, ProtocolError

LIMIT = 64 << 20  # bytes of a frame
VALUES = 1 << 20  # in one message
DEEPEST = 200  # levels: a playbook may have 100 (hardener/playbook/walk.py)
DIGITS = 100  # of a whole number: Python 3.6 needs hours for a million
CHUNK = 1 << 16  # bytes: more than a file buffers by itself
MARK = "$bytes"
PAUSE = 0.02  # seconds


def default(value):
    if isinstance(value, bytes):
        return {MARK: base64.b64encode(value).decode("ascii")}
    raise TypeError("%r can't be sent" % type(value).__name__)


def revive(mapping):
    if len(mapping) == 1 and MARK in mapping:
        if not isinstance(mapping[MARK], str):
            raise ValueError("`%s` holds no text" % MARK)
        return base64.b64decode(mapping[MARK], validate=True)
    return mapping


def pack(message):
    """Return the frame of one message (a dict)."""
    body = encoded(message)
    return header(len(body)) + body


def encoded(message):
    """Return the body of its frame."""
    sent = []
    try:
        text = json.dumps(
            message,
            default=lambda value: sent.append(1) or default(value),
            separators=(",", ":"),
            allow_nan=False,
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError("a message can't be sent", why=str(error))
    if text.count('{"%s":' % MARK) != len(sent):  # the other side would take it for bytes
        raise ProtocolError("a mapping with the key `%s` can't be sent" % MARK)
    return text.encode("ascii")


def header(count):
    """Return how a frame begins whose body has so many bytes."""
    if count > LIMIT:
        raise ProtocolError("a message of %d bytes is over the limit of %d" % (count, LIMIT))
    return struct.pack(">I", count)


def unpack(body):
    """Read the message of one frame's body."""
    try:
        bound(body)
        message = DECODER.decode(body.decode("ascii"))
        if body.count(b"[") + body.count(b"{") > DEEPEST:  # else it can't be nested deeper
            shallow(message)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a frame is not JSON as we speak it", why=str(error)[:200])
    if not isinstance(message, dict):
        raise ProtocolError("a frame holds no message but a %s" % type(message).__name__)
    return message


def length(head):
    """Read the four bytes that begin a frame: how many follow."""
    (announced,) = struct.unpack(">I", head)
    if announced > LIMIT:
        raise LostFrame("a frame announces %d bytes, over the limit of %d" % (announced, LIMIT))
    return announced


def bound(body):
    """Refuse more values than VALUES: JSON of `[],[],` takes thirty times its length in memory."""
    if signs(body) <= VALUES:
        return
    bare = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    texts = bare.count(b'"')
    if texts > 4 * VALUES or signs(b"".join(bare.split(b'"')[::2])) > VALUES:
        raise ValueError("it holds more than %d values" % VALUES)


def signs(text):
    """As many values as this, and one, are in a JSON text at most; signs within strings count too."""
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def shallow(value):
    """Refuse what is nested deeper than DEEPEST: whoever walks it would break."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in inside(each) if type(inner) in (dict, list)]
        if not level:
            return
    raise ValueError("it is nested deeper than %d levels" % DEEPEST)


def inside(value):
    return value.values() if type(value) is dict else value if type(value) is list else ()


def whole(text):
    if len(text) > DIGITS:
        raise ValueError("a number has %d digits" % len(text))
    return int(text)


def number(text):
    """Read what has a point or an exponent; NaN and what is infinite are no JSON (RFC 8259)."""
    value = float(text)
    if value - value != 0:
        raise ValueError("%s is out of range" % text[:DIGITS])
    return value


DECODER = json.JSONDecoder(
    object_hook=revive, parse_int=whole, parse_float=number, parse_constant=number
)


class Frames:
    """Read and write messages on a pair of binary files.

    What is sent may wait up to PAUSE for more: a packet each would cost sshd, and the controller,
    more than all else that they do for a step. `flush` sends it at once.
    """

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray()  # what has come, and was not asked for yet
        self._next = None  # a pair: the message that was looked at ahead, or the error that it is
        self._lost = None
        self._waiting = []  # frames, under the lock
        self._due = False  # is a timer on its way to send them?
        self._lock = threading.Lock()
        self._broken = None  # the OSError by which the other side was found gone

    def send(self, message):
        """Send a message, now or soon; raises OSError where one before it found nobody."""
        frame = pack(message)
        with self._lock:
            if self._broken:
                raise self._broken
            self._waiting.append(frame)
            if not self._due:
                self._due = True
                timer = threading.Timer(PAUSE, self._soon)
                timer.daemon = True
                timer.start()

    def flush(self):
        """Send what waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            try:
                if waiting:
                    self._writer.write(b"".join(waiting))
                    self._writer.flush()
            except OSError as error:
                self._broken = error
                raise

    def _soon(self):
        with self._lock:
            self._due = False
        with contextlib.suppress(OSError, ValueError):  # who sends next is told
            self.flush()

    def receive(self):
        """Return the next message, or None where the pipe has ended.

        After a ProtocolError the next one can be read; a LostFrame is the last word.
        """
        try:
            self.flush()
        except OSError:
            return None
        (message, error), self._next = self._next or self._taken(), None
        if error:
            raise error
        return message

    def ahead(self):
        """Return the next message if it has come already, and leave it to `receive`; None otherwise."""
        if self._next is None and self._here():
            self._next = self._taken()
        return self._next and self._next[0]

    def ended(self):
        """Has the pipe ended? Looks at what has come already, and leaves it to `receive`."""
        return self.ahead() is None and self._next == (None, None)

    def _here(self):
        """Has something come, or ended?"""
        if self._buffer:
            return True
        try:
            return bool(select.select([self._reader], [], [], 0)[0])
        except (io.UnsupportedOperation, ValueError):  # no pipe, or a closed one
            return False

    def _taken(self):
        if self._lost:
            return None, self._lost
        try:
            body = self._body()
            return (None if body is None else unpack(body)), None
        except LostFrame as error:
            self._lost = error
            return None, error
        except ProtocolError as error:
            return None, error

    def _body(self):
        head = self._read(4)
        if not head:
            return None
        if len(head) < 4:
            raise LostFrame("the pipe ended within the length of a frame")
        count = length(head)
        body = self._read(count)
        if len(body) < count:
            raise LostFrame("the pipe ended %d bytes before its frame" % (count - len(body)))
        return body

    def _read(self, count):
        """Return so many bytes, fewer only at the end; nothing stays in the file's own buffer."""
        while len(self._buffer) < count:
            chunk = self._reader.read1(CHUNK)
            if not chunk:
                break
            self._buffer += chunk
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found
