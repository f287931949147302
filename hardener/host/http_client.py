"""One HTTP/1.1 request and what answers it (RFC 9112), over a connection that is there already.

Python's own http.client brings email and ssl, which cost a host more time than all that it asks a
web server or supervisord. Who answers may be anything: it is bounded in time and in size.
"""

import io

LONGEST = 1 << 16  # bytes of a line of a head
MOST = 100  # lines of a head
BODILESS = (204, 304)
BODIED = ("PATCH", "POST", "PUT")
MEANWHILE = (100, 102, 103)  # what may come before the answer, and says nothing of it


def ask(connection, clock, seconds, method, target, headers, body=b""):
    """Send a request and return its Reply, of which all must have come in so many seconds.

    `headers` say Host and whatever else, in latin-1. OSError where nothing comes in time; ValueError where
    what comes is no HTTP, or what is to be sent.
    """
    told = {"Accept-Encoding": "identity", "Connection": "close", **headers}
    if body or method in BODIED:
        told.setdefault("Content-Length", len(body))
    lines = ["%s: %s" % each for each in told.items()]
    if not all(32 < ord(sign) < 127 for sign in method + target):
        raise ValueError("a sign that an address can't have, in %s" % target)
    if any(ord(sign) < 32 for sign in "".join(lines)):
        raise ValueError("a sign that a header can't have")
    head = "\r\n".join(["%s %s HTTP/1.1" % (method, target), *lines, "", ""])
    connection.sendall(head.encode("latin-1") + body)
    return Reply(io.BufferedReader(Coming(connection, clock, seconds)), bodiless=method == "HEAD")


class Reply:
    """`status` (a number), `reason`, `length` (bytes of the body; None: until its end); it is in `coming`."""

    def __init__(self, coming, bodiless=False):
        self.coming = coming
        self.status = MEANWHILE[0]
        while self.status in MEANWHILE:
            self.status, self.reason = _status(coming.readline(LONGEST))
            self._names = _names(coming)
        self.length = self._length()
        if bodiless or self.status in BODILESS:
            self._names, self.length = {}, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.coming.close()

    def chunks(self):
        """Yield the body as it comes."""
        if "chunked" in self._names.get("transfer-encoding", "").lower():
            return self._coded()
        return self._bytes(self.length)

    def _length(self):
        told = self._names.get("content-length")
        if told is not None and not (told.isdigit() and len(told) < 20):
            raise ValueError("its length is %s" % told[:80])
        return None if told is None else int(told)

    def _coded(self):
        """Yield what stands in chunks, each behind its size (RFC 9112, section 7.1)."""
        while True:
            size = int(self.coming.readline(LONGEST).partition(b";")[0], 16)
            if size <= 0:
                return
            yield from self._bytes(size)
            self.coming.readline(LONGEST)

    def _bytes(self, left):
        while left is None or left > 0:
            some = self.coming.read1(min(left or LONGEST, LONGEST))
            if not some:
                return
            left = left and left - len(some)
            yield some


def _status(line):
    """Return 200 and `OK` of a first line (RFC 9112, section 4)."""
    if not line:
        raise OSError("it hangs up without a word")
    version, _, rest = line.decode("latin-1").partition(" ")
    code, _, reason = rest.strip().partition(" ")
    if not version.startswith("HTTP/1.") or not (code.isdigit() and len(code) == 3):
        raise ValueError("what answers speaks no HTTP: %r" % line[:80])
    return int(code), reason


def _names(coming):
    """Read the rest of a head; return what each name says there, in small letters."""
    names = {}
    for _ in range(MOST):
        name, _, value = coming.readline(LONGEST).decode("latin-1").partition(":")
        if not name.strip():
            return names
        names[name.lower()] = value.strip()
    raise ValueError("its head has more than %d lines" % MOST)


class Coming(io.RawIOBase):
    """What comes by a connection, until its time is over, however little comes at once."""

    def __init__(self, connection, clock, seconds):
        self._connection, self._clock = connection, clock
        self._raw = connection.makefile("rb", 0)  # open until both are closed: see socket.makefile
        self._end = clock() + seconds
        self._seconds = seconds

    def readable(self):
        return True

    def readinto(self, buffer):
        left = self._end - self._clock()
        if left <= 0:
            raise OSError("timed out: its answer takes longer than %g seconds" % self._seconds)
        self._connection.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self):
        self._raw.close()
        io.RawIOBase.close(self)
