"""Whether a host takes the journal of this one, as it answers systemd-journal-upload. Only looked at.

The id is `NAME:PORT CA CERTIFICATE KEY`: whom to ask, and the files by which either side knows the other.
It is sent a journal without an entry, by the protocol of systemd-journal-remote(8): so whoever looks
at certificates there has looked at ours too, which a handshake alone does not tell.
"""

import http.client
import ssl

from hardener.host.kinds.base import Kind
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple

SECONDS = 10  # for each step of the conversation
TYPE = "application/vnd.fdo.journal"
ACCEPTED = 202
TAKES, REFUSES, SILENT, NOT_ASKED = "takes it", "refuses it", "does not answer", "not asked"


class Answer(NamedTuple):
    """`said` is one of the four words; `why` is what was heard, or which file is missing."""

    said: str
    why: str = ""


def LogHost(address, ca, certificate, key):  # noqa: N802 - reads as the thing that it names
    return Resource("log_host", "%s %s %s %s" % (address, ca, certificate, key))


class LogHostKind(Kind):
    name = "log_host"
    State = Answer

    def read(self, ids):
        return {id: self._answer(*id.split(" ")) for id in ids}

    def _answer(self, address, *files):
        missing = [path for path in files if self.system.lstat(path) is None]
        if missing or not self.system.live:
            return Answer(NOT_ASKED, ", ".join(missing))
        try:
            return asked(address, *files)
        except (ssl.SSLError, ssl.CertificateError) as error:
            return Answer(REFUSES, str(error))
        except OSError as error:
            return Answer(SILENT, error.strerror or str(error))


def asked(address, ca, certificate, key):
    """Offer it nothing; raises OSError, of which ssl's errors are some, where there is no connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # its name must be in its certificate
    context.load_verify_locations(cafile=ca)
    context.load_cert_chain(certificate, key, password="")  # nobody is there to be asked for one
    connection = http.client.HTTPSConnection(address, timeout=SECONDS, context=context)
    connection.connect()
    try:
        connection.request("POST", "/upload", b"", {"Content-Type": TYPE})
        reply = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        # By TLS 1.3 the other side may say only now that our certificate is not to its liking.
        return Answer(REFUSES, "it hung up: %s" % (str(error) or type(error).__name__))
    finally:
        connection.close()
    if reply.status == ACCEPTED:
        return Answer(TAKES)
    return Answer(REFUSES, "it answered %d %s" % (reply.status, reply.reason))


KIND = LogHostKind
