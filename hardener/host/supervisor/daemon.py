"""Talk to a running supervisord: XML-RPC over its socket (supervisord.org/api.html)."""

import base64
import http.client
import xmlrpc.client
from typing import NamedTuple, Optional, Tuple
from xml.parsers import expat

from hardener.host.errors import StepError
from hardener.host.supervisor.server import Server

PATIENCE = 600  # seconds; stopping a group takes as long as its stopwaitsecs say


class Running(NamedTuple):
    """What listens, and where; its process and environment as far as it lets us know them."""

    pid: Optional[int] = None
    environment: Tuple[Tuple[str, str], ...] = ()
    listens: bool = False
    server: Optional[Server] = None


def look(system, server):
    """Is somebody listening there, and who? It is asked for its process id only."""
    if not system.live or server is None:
        return Running()
    try:
        system.dial(server.address, 10).close()
    except OSError:
        return Running()
    try:
        pid = call(system, server, "getPID")
    except StepError:
        return Running(None, (), True, server)
    return Running(pid, environment(system, pid), True, server)


def environment(system, pid):
    """The environment that it was started with: proc(5); empty where we may not look."""
    try:
        text = system.read("/proc/%d/environ" % pid).decode("utf-8", "surrogateescape")
    except OSError:
        return ()
    return tuple(sorted(tuple(each.split("=", 1)) for each in text.split("\0") if "=" in each))


class Connection(http.client.HTTPConnection):
    """HTTP over whatever the host's door dials."""

    def __init__(self, system, address):
        http.client.HTTPConnection.__init__(self, "localhost", timeout=PATIENCE)
        self.system = system
        self.address = address

    def connect(self):
        self.sock = self.system.dial(self.address, PATIENCE)


def call(system, server, method, *arguments):
    """Return what `supervisor.METHOD` returns; its faults are StepErrors in its own words."""
    connection = Connection(system, server.address)
    try:
        connection.request(
            "POST",
            "/RPC2",
            xmlrpc.client.dumps(arguments, "supervisor." + method).encode("utf-8"),
            headers(server),
        )
        return answer(server, method, connection.getresponse())
    except (OSError, http.client.HTTPException) as error:
        raise StepError(
            "supervisord does not answer at %s" % server.address, why=str(error) or repr(error)
        )
    finally:
        connection.close()


def headers(server):
    found = {"Content-Type": "text/xml"}
    if server.username:
        pair = "%s:%s" % (server.username, server.password)
        found["Authorization"] = "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")
    return found


def answer(server, method, response):
    body = response.read()
    if response.status == 401:
        raise StepError(
            "supervisord at %s refuses the name or password of its configuration" % server.address,
            hint="it runs with another one still, or keeps a hash:"
            " then give [supervisorctl] username and password",
        )
    if response.status != 200:
        raise StepError(
            "supervisord at %s answers %d %s" % (server.address, response.status, response.reason)
        )
    try:
        return xmlrpc.client.loads(body)[0][0]
    except xmlrpc.client.Fault as fault:
        raise StepError("supervisord refuses %s" % method, why=fault.faultString)
    except (xmlrpc.client.Error, expat.ExpatError, IndexError):
        raise StepError("what answers at %s is no supervisord" % server.address)
