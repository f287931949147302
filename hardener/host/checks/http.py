"""A web address answers as it should."""

from hardener.host import http_client
from hardener.host.door.system import as_bytes
from hardener.host.typed import NamedTuple

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
    where = placed(params.url)
    asked = params.method, where.target, headers(params, where)
    with connection(params, where, system) as dialed:
        with http_client.ask(dialed, system.clock, params.timeout, *asked) as reply:
            return reply.status, text(reply, params.contains) if params.contains else ""


class Place(NamedTuple):
    """Who is asked, and for what: the path with its query."""

    scheme: str
    host: str
    port: int
    target: str


def placed(url):
    """Take a URL apart (RFC 3986, section 3); ValueError where it is none."""
    scheme, _, rest = url.partition("#")[0].partition("://")
    authority = rest.replace("?", "/").partition("/")[0]
    target = rest[len(authority) :]
    host, port = host_and_port(authority.rpartition("@")[2])
    if not host:
        raise ValueError("this is no address")
    number = int(port) if port else PORTS[scheme.lower()]
    return Place(scheme.lower(), host, number, target if target[:1] == "/" else "/" + target)


def host_and_port(text):
    if not text.startswith("["):
        return text.partition(":")[::2]
    host, end, port = text[1:].partition("]")
    return (host, port[1:]) if end and port[:1] in ("", ":") else ("", "")


def connection(params, where, system):
    dialed = system.dial("http://%s:%d" % (where.host, where.port), params.timeout)
    if where.scheme == "http":
        return dialed
    import ssl

    context = ssl.create_default_context()
    if params.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with dialed:  # what is wrapped is another
        return context.wrap_socket(dialed, server_hostname=where.host)


def headers(params, where):
    """Return ours, and over them what the playbook names, in whatever case."""
    named = {name.title(): value for name, value in params.headers.items()}
    host = as_bytes(where.host).decode("ascii")
    host = "[%s]" % host if ":" in host else host
    if where.port != PORTS[where.scheme]:
        host += ":%d" % where.port
    return {"Host": host, **OURS, **named}


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
