"""Where a supervisord listens, and what it asks for: by [unix_http_server], else [inet_http_server]."""

import functools
import posixpath

from hardener.host.supervisor.config import load, one, parsed
from hardener.host.typed import NamedTuple


class Server(NamedTuple):
    """`address` is unix:///path or http://host:port; the password is no part of it."""

    address: str
    username: str
    password: str


def of(config, known):
    """The server of a Config, or None where it has none; `known` are names for `%(name)s`."""
    for section, address in (("unix_http_server", unix), ("inet_http_server", inet)):
        options = expanded(config.options(section), known)
        found = address(options, posixpath.dirname(config.path))
        if found:
            return Server(found, *login(options, expanded(config.options("supervisorctl"), known)))
    return None


def expanded(options, known):
    """The values with their names put in; one that can't be expanded stays as it is written."""
    return {key: once(value or "", known) for key, value in options.items()}


def once(value, known):
    try:
        return value % known
    except (KeyError, ValueError, TypeError):
        return value


def unix(options, folder):
    return (
        "unix://" + posixpath.join(folder, options["file"].strip()) if options.get("file") else None
    )


def inet(options, folder):
    host, _, port = options.get("port", "").rpartition(":")
    return "http://%s:%s" % (host if host not in ("", "*") else "127.0.0.1", port) if port else None


def login(options, client):
    """Name and password; a password that is kept as a hash is only known to [supervisorctl]."""
    password = options.get("password") or ""
    if password.upper().startswith("{SHA}"):
        return client.get("username") or options.get("username"), client.get("password") or ""
    return options.get("username") or "", password


def find(path, host, environment):
    """The server of a configuration whose [include] may need names that only the server can tell.

    `environment()` is that of the running supervisord; it is called where it is named.
    """
    known = _Names(environment, host)
    main = load(path, _MainOnly(one(path, host), host), {})
    return of(main, known) or of(load(path, host, environment()), known)


def names(environment, host):
    """What a value may name: `environment` is that of the running supervisord, {} where none is known."""
    return dict(of_environment(environment), host_node_name=host.node())


def of_environment(variables):
    return {"ENV_" + key: value for key, value in variables.items()}


class _Names(dict):
    """The same as names(), of an environment that is asked for when a value names something of it."""

    def __init__(self, environment, host):
        super().__init__(host_node_name=host.node())
        self.environment = environment

    def __missing__(self, name):
        if self.environment is None or not name.startswith("ENV_"):
            raise KeyError(name)
        environment, self.environment = self.environment, None
        self.update(of_environment(environment()))
        return self[name]


@functools.lru_cache(maxsize=16)
def without_include(text):
    """One run asks for the same main file again and again."""
    return parsed(text).remove("include", "files")


class _MainOnly:
    """A host where the main file includes nothing: its [include] may need the environment."""

    def __init__(self, ini, host):
        self.ini = without_include(str(ini))
        self.host = host

    def text(self, path):
        return str(self.ini)

    def glob(self, pattern):
        return []

    def node(self):
        return self.host.node()
