"""A web address answers as it should."""

import contextlib
import http.client
import ssl
from urllib.parse import urlsplit

OURS = {"User-Agent": "hardener", "Connection": "close"}
LONGEST = 1 << 20  # bytes of a page that are looked through


def check(params, system):
    """Ask once; `params`: url, method, status, contains, headers, timeout (seconds), insecure."""
    try:
        code, body = answer(params, system)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return "%s: %s" % (params.url, str(error) or type(error).__name__)
    if code not in wanted(params.status):
        return "%s answered %d, not %s" % (
            params.url,
            code,
            " or ".join(map(str, wanted(params.status))),
        )
    if params.contains and params.contains not in body:
        return "%s answered %d, but without %r" % (params.url, code, params.contains)
    return None


def wanted(status):
    return status if isinstance(status, list) else [status]


def answer(params, system):
    """Return (status code, text); no proxy of the environment, no redirect is followed."""
    deadline = system.clock() + params.timeout
    with contextlib.closing(connection(params)) as dialed:
        dialed.request(params.method, path(params.url), headers=headers(params))
        with dialed.getresponse() as reply:
            return reply.status, text(reply, deadline, system) if params.contains else ""


def connection(params):
    where = urlsplit(params.url)
    if where.scheme == "http":
        return http.client.HTTPConnection(where.netloc, timeout=params.timeout)
    context = ssl._create_unverified_context() if params.insecure else None  # noqa: S323
    return http.client.HTTPSConnection(where.netloc, timeout=params.timeout, context=context)


def headers(params):
    """Return ours, and over them what the playbook names, in whatever case."""
    return dict(OURS, **{name.title(): value for name, value in params.headers.items()})


def path(url):
    """Return what is asked of the server: the path with its query."""
    where = urlsplit(url)
    return (where.path or "/") + (where.query and "?" + where.query)


def text(reply, deadline, system):
    """Read a page, or as much of it as comes in time: a stream of events never ends."""
    found = b""
    while len(found) < LONGEST and system.clock() < deadline:
        chunk = reply.read1(65536)
        if not chunk:
            break
        found += chunk
    return found.decode("utf-8", "replace")
