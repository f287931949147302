"""Talk to a running supervisord: XML-RPC over its socket (supervisord.org/api.html).

It may be an ordinary user's, and so be anything: an answer is bounded in time and size, and must
be of the form that supervisor gives it.
"""

import base64
import http.client
import io
import xmlrpc.client
from xml.parsers import expat

from hardener.host.errors import StepError

BEGIN, END = b"<methodResponse>", b"</methodResponse>"
PATIENCE = 60  # seconds for one answer: it is never asked to wait for a program
LARGEST = 1 << 24  # bytes of an answer
TEXT, NUMBER, TRUTH = str, int, bool
PROCESS = {"group": TEXT, "name": TEXT, "statename": TEXT, "pid": NUMBER, "exitstatus": NUMBER}
PROGRAM = {"group": TEXT, "name": TEXT, "autostart": TRUTH, "inuse": TRUTH}
FORMS = {"getAllProcessInfo": PROCESS, "getAllConfigInfo": PROGRAM}


class Connection(http.client.HTTPConnection):
    """HTTP over whatever the host's door dials."""

    def __init__(self, system, address):
        http.client.HTTPConnection.__init__(self, "localhost", timeout=PATIENCE)
        self.system = system
        self.address = address

    def connect(self):
        self.sock = Line(self.system.dial(self.address, PATIENCE), self.system.clock)


class Line:
    """What http.client needs of a socket; all that comes by it must come in time."""

    def __init__(self, connection, clock):
        self.sendall, self.close = connection.sendall, connection.close
        self._connection = connection
        self._clock = clock

    def makefile(self, mode):
        return io.BufferedReader(Coming(self._connection, self._clock))


class Coming(io.RawIOBase):
    """What comes by a connection, until its time is over, however little comes at once."""

    def __init__(self, connection, clock):
        self._connection, self._clock = connection, clock
        self._raw = connection.makefile("rb", 0)  # open until both are closed: see socket.makefile
        self._end = clock() + PATIENCE

    def readable(self):
        return True

    def readinto(self, buffer):
        left = self._end - self._clock()
        if left <= 0:
            raise OSError("its answer takes longer than %d seconds" % PATIENCE)
        self._connection.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self):
        self._raw.close()
        io.RawIOBase.close(self)


def call(system, where, method, *arguments):
    """Return what `supervisor.METHOD` returns; its faults are StepErrors in its own words."""
    return expected(where, method, asked(system, where, "supervisor." + method, *arguments))


def call_all(system, where, *methods):
    """Return what each of these methods returns, in one request; none of them takes an argument.

    As supervisor/xmlrpc.py has it: a result stands there as it is, not in an array of its own.
    """
    calls = [{"methodName": "supervisor." + method, "params": []} for method in methods]
    said = asked(system, where, "system.multicall", calls)
    if not isinstance(said, list) or len(said) != len(methods):
        raise stranger(where)
    for method, each in zip(methods, said):
        if isinstance(each, dict) and "faultString" in each:
            raise refused(method, each["faultString"])
        expected(where, method, each)
    return said


def asked(system, where, method, *arguments):
    connection = Connection(system, where.address)
    try:
        connection.request(
            "POST",
            "/RPC2",
            xmlrpc.client.dumps(arguments, method).encode("utf-8"),
            headers(where),
        )
        return answer(where, method, connection.getresponse())
    except (OSError, http.client.HTTPException) as error:
        raise StepError(
            "supervisord does not answer at %s" % where.address, why=str(error) or repr(error)
        )
    finally:
        connection.close()


def headers(where):
    found = {"Content-Type": "text/xml"}
    if where.username:
        pair = "%s:%s" % (where.username, where.password)
        found["Authorization"] = "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")
    return found


def answer(where, method, response):
    if response.status == 401:
        raise StepError(
            "supervisord at %s refuses the name or password of its configuration" % where.address,
            hint="it runs with another one still, or keeps a hash:"
            " then give [supervisorctl] username and password",
        )
    if response.status != 200:
        raise StepError(
            "supervisord at %s answers %d %s" % (where.address, response.status, response.reason)
        )
    try:
        return xmlrpc.client.loads(whole(response))[0][0]
    except xmlrpc.client.Fault as fault:
        raise refused(method.partition(".")[2], fault.faultString)
    except (xmlrpc.client.Error, expat.ExpatError, LookupError, TypeError, ValueError):
        raise stranger(where)


def refused(method, why):
    return StepError("supervisord refuses %s" % method, why=str(why))


def expected(where, method, said):
    """Return what was said, if it is of the form that supervisor gives it."""
    if not formed(method, said):
        raise stranger(where)
    return said


def stranger(where):
    return StepError("what answers at %s is no supervisord" % where.address)


def formed(method, said):
    """Is this what supervisor answers to that?"""
    if method == "getPID":
        return isinstance(said, int) and said > 0
    if method == "reloadConfig":
        return names_in(said) and len(said) == 1 and len(said[0]) == 3
    if method not in FORMS:
        return True
    return isinstance(said, list) and all(
        isinstance(each, dict) and all(isinstance(each.get(k), t) for k, t in FORMS[method].items())
        for each in said
    )


def names_in(said):
    """Is it a list of lists of lists of names?"""
    return isinstance(said, list) and all(
        isinstance(groups, list) and all(isinstance(group, TEXT) for group in groups)
        for lists in said
        for groups in (lists if isinstance(lists, list) else [None])
    )


def whole(response):
    """Read an answer: where supervisor answers late, its Content-Length counts characters, not bytes."""
    body = response.fp.read(min(response.length or LARGEST, LARGEST))
    while BEGIN in body and END not in body and len(body) < LARGEST:
        line = response.fp.readline(LARGEST)
        if not line:
            break
        body += line
    if b"<!" in body:  # a document type: supervisor has none, and a parser may be led astray by it
        raise ValueError(body[:80])
    return body
