"""Options of the programs of each supervisord that runs, but for what may hold a secret."""

from hardener.host.door import processes
from hardener.host.supervisor import config, running
from hardener.host.supervisor.hosts import Host
from hardener.host.supervisor.options import PROGRAM, kind, meaning, name

LEFT_OUT = ("command", "environment", "serverurl")
WORDS = {"true": True, "false": False}  # of `autorestart`, beside `unexpected`


def steps(view, system):
    host = Host(view)
    for path in mains(system, host):
        found = config.load(path, host, environment(system, path, host))
        for section in found.sections():
            options = options_of(found, section) if kind(section) == "program" else {}
            if options:
                params = {"config": path, "programs": name(section), "options": options}
                yield "Program %s" % name(section), "supervisor", params


def mains(system, host):
    """The main files of those who run and may be trusted (see running.started_with)."""
    pids = [process.pid for process in processes.running(system)]
    named = {path for pid in pids for path in running.mains(system, pid)}
    files = [path for path in sorted(named) if host.text(path) is not None]
    return [path for path in files if running.started_with(system, path, host)]


def environment(system, path, host):
    return dict(processes.environment(system, running.started_with(system, path, host)))


def options_of(found, section):
    """Return {option: value}; what stands for something else (`%(here)s`) is left out."""
    raw = {
        option: places[-1].value
        for option in found.options(section)
        for places in [found.places(section, option)]
        if option in PROGRAM and option not in LEFT_OUT and places
    }
    return {
        option: typed(section, option, value)
        for option, value in sorted(raw.items())
        if value and "%" not in value
    }


def typed(section, option, value):
    """Numbers and booleans as such, the rest as it is written."""
    if option == "autorestart":
        return WORDS.get(value.lower(), value)
    meant = meaning(section, option, value)
    plain = option.endswith(("_maxbytes", "signal")) or not isinstance(meant, int)
    return value if plain else meant
