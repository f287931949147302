"""A web address answers as it should."""

import http.client
import ssl
import urllib.error
import urllib.request

LONGEST = 1 << 20  # bytes of a page that are looked through


def check(params, system):
    """Ask once; `params`: url, method, status, contains, headers, timeout (seconds), insecure."""
    try:
        code, body = answer(params, system)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return "%s: %s" % (
            params.url,
            getattr(error, "reason", None) or error or type(error).__name__,
        )
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
    handlers = [urllib.request.ProxyHandler({}), Stay()]
    if params.insecure:
        handlers.append(urllib.request.HTTPSHandler(context=ssl._create_unverified_context()))  # noqa: S323
    request = urllib.request.Request(params.url, headers=dict(params.headers), method=params.method)
    deadline = system.clock() + params.timeout
    try:
        reply = urllib.request.build_opener(*handlers).open(request, timeout=params.timeout)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        return reply.getcode(), text(reply, deadline, system) if params.contains else ""


def text(reply, deadline, system):
    """Read a page, or as much of it as comes in time: a stream of events never ends."""
    found = b""
    while len(found) < LONGEST and system.clock() < deadline:
        chunk = reply.read1(65536)
        if not chunk:
            break
        found += chunk
    return found.decode("utf-8", "replace")


class Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: it is judged by its status."""

    def redirect_request(self, *_):
        return None
