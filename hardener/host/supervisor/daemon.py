"""Talk to a running supervisord: XML-RPC over its socket (supervisord.org/api.html)."""

import base64
import http.client
import xmlrpc.client
from xml.parsers import expat

from hardener.host.errors import StepError

BEGIN, END = b"<methodResponse>", b"</methodResponse>"
PATIENCE = 60  # seconds for one answer: it is never asked to wait for a program


class Connection(http.client.HTTPConnection):
    """HTTP over whatever the host's door dials."""

    def __init__(self, system, address):
        http.client.HTTPConnection.__init__(self, "localhost", timeout=PATIENCE)
        self.system = system
        self.address = address

    def connect(self):
        self.sock = self.system.dial(self.address, PATIENCE)


def call(system, where, method, *arguments):
    """Return what `supervisor.METHOD` returns; its faults are StepErrors in its own words."""
    connection = Connection(system, where.address)
    try:
        connection.request(
            "POST",
            "/RPC2",
            xmlrpc.client.dumps(arguments, "supervisor." + method).encode("utf-8"),
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
        raise StepError("supervisord refuses %s" % method, why=fault.faultString)
    except (xmlrpc.client.Error, expat.ExpatError, IndexError):
        raise StepError("what answers at %s is no supervisord" % where.address)


def whole(response):
    """Read an answer: where supervisor answers late, its Content-Length counts characters, not bytes."""
    body = response.fp.read(response.length)
    while BEGIN in body and END not in body:
        line = response.fp.readline()
        if not line:
            break
        body += line
    return body
