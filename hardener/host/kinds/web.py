"""What lies at a web address, as the host gets it: it is only read, once a run.

Who wants it says by which digest or fingerprint it is known, so that it does not matter who sent it:
redirects are followed, and so are the proxies of the environment.
"""

import http.client
import urllib.request

from hardener.host.door.content import Content
from hardener.host.errors import StepError
from hardener.host.kinds.base import Kind
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple

SECONDS = 20  # without a byte
LARGEST = 1 << 20  # bytes: keys are far smaller


class Page(NamedTuple):
    """What was answered."""

    content: Content


def Web(url):  # noqa: N802 - reads as the thing that it names
    return Resource("web", url)


class WebKind(Kind):
    name = "web"
    State = Page

    def __init__(self, system, store):
        super().__init__(system, store)
        self._pages = {}

    def read(self, ids):
        for url in ids:
            if url not in self._pages:
                self._pages[url] = Page(Content.of(fetched(url)))
        return {url: self._pages[url] for url in ids}


def fetched(url):
    """Return the bytes that are there; raises StepError where none come, or too many."""
    request = urllib.request.Request(url, headers={"User-Agent": "hardener"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:
            data = reply.read(LARGEST + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise StepError(
            "%s can't be fetched from this host" % url, why=str(error) or type(error).__name__
        )
    if len(data) > LARGEST:
        raise StepError("%s is larger than %d bytes" % (url, LARGEST))
    return data


KIND = WebKind
