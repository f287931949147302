"""A web address answers as it should."""

from urllib.parse import urlsplit

from hardener.host import http_client

OURS = {"User-Agent": "hardener"}
PORTS = {"http": 80, "https": 443}
LONGEST = 1 << 20  # bytes of a page that are looked through


def check(params, system):
    """Ask once; `params`: url, method, status, contains, headers, timeout (seconds), insecure."""
    try:
        code, body = answer(params, system)
    except (OSError, ValueError) as error:
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
    where = urlsplit(params.url)
    asked = params.method, target(where), headers(params, where)
    with connection(params, where, system) as dialed:
        with http_client.ask(dialed, system.clock, params.timeout, *asked) as reply:
            return reply.status, text(reply, params.contains) if params.contains else ""


def connection(params, where, system):
    place = where.hostname or "", where.port or PORTS[where.scheme]
    dialed = system.dial("http://%s:%d" % place, params.timeout)
    if where.scheme == "http":
        return dialed
    import ssl

    context = ssl._create_unverified_context() if params.insecure else ssl.create_default_context()  # noqa: S323
    with dialed:  # what is wrapped is another
        return context.wrap_socket(dialed, server_hostname=where.hostname)


def headers(params, where):
    """Return ours, and over them what the playbook names, in whatever case."""
    named = {name.title(): value for name, value in params.headers.items()}
    host = where.netloc.rpartition("@")[2]
    if any(ord(sign) > 127 for sign in host):
        host = host.encode("idna").decode("ascii")
    return {"Host": host, **OURS, **named}


def target(where):
    """Return what is asked of the server: the path with its query."""
    return (where.path or "/") + (where.query and "?" + where.query)


def text(reply, wanted):
    """Read a page until it has what is wanted, or as much as comes in time: a stream of events never ends."""
    found = b""
    try:
        for some in reply.chunks():
            found += some
            if wanted.encode("utf-8") in found or len(found) >= LONGEST:
                break
    except OSError:
        if not found:
            raise
    return found.decode("utf-8", "replace")
