"""The options that supervisor knows: how each is read, and its default (supervisor 4, options.py).

Unknown ones it ignores silently, so here they have to be complete.
"""

import functools

from hardener.host.supervisor.values import (
    autorestart,
    boolean,
    byte_size,
    environment,
    events,
    exit_codes,
    integer,
    logfile,
    names,
    octal,
    serverurl,
    signal_number,
    text,
)  # fmt: skip


def outputs(name):
    """The options of one of the two output channels."""
    return {
        name + "_logfile": (logfile, "AUTO"),
        name + "_logfile_maxbytes": (byte_size, "50MB"),
        name + "_logfile_backups": (integer, "10"),
        name + "_capture_maxbytes": (byte_size, "0"),
        name + "_events_enabled": (boolean, "false"),
        name + "_syslog": (boolean, "false"),
    }


PROGRAM = {
    "command": (text, None),
    "process_name": (text, "%(program_name)s"),
    "numprocs": (integer, "1"),
    "numprocs_start": (integer, "0"),
    "priority": (integer, "999"),
    "autostart": (boolean, "true"),
    "autorestart": (autorestart, "unexpected"),
    "startsecs": (integer, "1"),
    "startretries": (integer, "3"),
    "exitcodes": (exit_codes, "0"),
    "stopsignal": (signal_number, "TERM"),
    "stopwaitsecs": (integer, "10"),
    "stopasgroup": (boolean, "false"),
    "killasgroup": (boolean, None),  # as stopasgroup
    "user": (text, None),
    "redirect_stderr": (boolean, "false"),
    "environment": (environment, ""),
    "directory": (text, None),
    "umask": (octal, None),
    "serverurl": (serverurl, "AUTO"),
}
PROGRAM.update(outputs("stdout"))
PROGRAM.update(outputs("stderr"))
FCGI = dict(
    PROGRAM,
    socket=(text, None),
    socket_backlog=(integer, None),
    socket_owner=(text, None),
    socket_mode=(octal, None),
)
LISTENER = dict(
    PROGRAM,
    events=(events, None),
    buffer_size=(integer, "10"),
    result_handler=(text, "supervisor.dispatchers:default_handler"),
)
LOGIN = {"username": (text, None), "password": (text, None)}
SUPERVISORD = {
    "logfile": (text, "supervisord.log"),
    "logfile_maxbytes": (byte_size, "50MB"),
    "logfile_backups": (integer, "10"),
    "loglevel": (text, "info"),
    "pidfile": (text, "supervisord.pid"),
    "umask": (octal, "022"),
    "nodaemon": (boolean, "false"),
    "silent": (boolean, "false"),
    "minfds": (integer, "1024"),
    "minprocs": (integer, "200"),
    "nocleanup": (boolean, "false"),
    "childlogdir": (text, None),
    "user": (text, None),
    "directory": (text, None),
    "strip_ansi": (boolean, "false"),
    "environment": (environment, ""),
    "identifier": (text, "supervisor"),
}
SECTIONS = {
    "program": PROGRAM,
    "fcgi-program": FCGI,
    "eventlistener": LISTENER,
    "group": {"programs": (names, None), "priority": (integer, "999")},
    "supervisord": SUPERVISORD,
    "supervisorctl": dict(
        LOGIN, serverurl=(text, None), prompt=(text, None), history_file=(text, None)
    ),
    "unix_http_server": dict(LOGIN, file=(text, None), chmod=(octal, "0700"), chown=(text, None)),
    "inet_http_server": dict(LOGIN, port=(text, None)),
}
NEED_RESTART = (
    "supervisord",
    "unix_http_server",
    "inet_http_server",
)  # `reread` does not look at them
NOT_COMPARED = (
    "socket_backlog",
    "socket_mode",
    "socket_owner",
)  # SocketConfig.__eq__, datatypes.py
PROGRAMS = ("program", "fcgi-program", "eventlistener")


def kind(section):
    """`program` of `program:web`."""
    return section.split(":", 1)[0]


def name(section):
    """`web` of `program:web`, and of `[program: web ]` too."""
    return section.split(":", 1)[-1].strip()


def meaning(section, option, value):
    """What supervisor takes a value for; the text itself where it would refuse it."""
    read = SECTIONS[kind(section)].get(option, (text, None))[0]
    try:
        return read(value)
    except ValueError:
        return value


def effective(section, options):
    """{option: meaning} with the defaults of what is not given; supervisor restarts what differs here."""
    return dict(_effective(section, tuple(options.items())))


@functools.lru_cache(maxsize=1024)
def _effective(section, options):
    """One run asks for the same section before and after an edit, and for each thing that it proves."""
    known = SECTIONS[kind(section)]
    given = {option: default for option, (_, default) in known.items() if default is not None}
    given.update({option: value for option, value in options if option in known})
    if "stopasgroup" in known:
        given.setdefault("killasgroup", given["stopasgroup"])
    return {option: meaning(section, option, value) for option, value in given.items()}
