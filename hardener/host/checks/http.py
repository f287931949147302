"""A web address answers as it should."""

import ssl
import urllib.error
import urllib.request


def check(params, system):
    """Ask once; `params`: url, method, status, contains, headers, timeout (seconds), insecure."""
    request = urllib.request.Request(params.url, headers=dict(params.headers), method=params.method)
    try:
        code, body = answer(request, params)
    except OSError as error:
        return "%s: %s" % (params.url, getattr(error, "reason", None) or error)
    if code not in wanted(params.status):
        return "%s answered %d, not %s" % (params.url, code, params.status)
    if params.contains and params.contains not in body:
        return "%s answered %d, but without %r" % (params.url, code, params.contains)
    return None


def wanted(status):
    return status if isinstance(status, list) else [status]


def answer(request, params):
    """Return (status code, text); no proxy of the environment, no redirect is followed."""
    handlers = [urllib.request.ProxyHandler({}), Stay()]
    if params.insecure:
        handlers.append(urllib.request.HTTPSHandler(context=ssl._create_unverified_context()))  # noqa: S323
    try:
        reply = urllib.request.build_opener(*handlers).open(request, timeout=params.timeout)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        return reply.getcode(), reply.read(1 << 20).decode("utf-8", "replace")


class Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: it is judged by its status."""

    def redirect_request(self, *_):
        return None
