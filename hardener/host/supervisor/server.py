"""Where a supervisord listens, and what it asks for: by [unix_http_server], else [inet_http_server]."""

import posixpath
from typing import NamedTuple

from hardener.host.supervisor.config import load, one


class Server(NamedTuple):
    """`address` is unix:///path or http://host:port; the password is no part of it."""

    address: str
    username: str
    password: str


def of(config):
    """The server of a Config, or None where it has none."""
    for section, address in (("unix_http_server", unix), ("inet_http_server", inet)):
        options = config.options(section)
        found = address(options, posixpath.dirname(config.path))
        if found:
            return Server(found, *login(options, config.options("supervisorctl")))
    return None


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


def find(path, host):
    """The server of a configuration whose [include] may need names that only the server can tell."""
    found = of(load(path, _MainOnly(one(path, host), host), {}))
    return found or of(load(path, host, {}))


class _MainOnly:
    """A host where the main file includes nothing: its [include] may need the environment."""

    def __init__(self, ini, host):
        self.ini = ini.remove("include", "files")
        self.host = host

    def text(self, path):
        return str(self.ini)

    def glob(self, pattern):
        return []

    def node(self):
        return self.host.node()
