"""A timer of systemd with the service that it starts."""

from hardener.host.errors import StepError
from hardener.host.systemd import unit_files, units

TIMES = (
    ("on_calendar", "OnCalendar"),
    ("on_boot", "OnBootSec"),
    ("on_unit_active", "OnUnitActiveSec"),
    ("persistent", "Persistent"),
    ("randomized_delay", "RandomizedDelaySec"),
    ("accuracy", "AccuracySec"),
)
RUNS = (
    ("command", "ExecStart"),
    ("user", "User"),
    ("group", "Group"),
    ("working_directory", "WorkingDirectory"),
)


def plan(params, view):
    timer, service = params.name + ".timer", params.name + ".service"
    paths = {unit: "%s/%s" % (units.ETC, unit) for unit in (timer, service)}
    if params.state == "absent":
        for unit, path in paths.items():
            yield from unit_files.taken(unit, path, view)
        return
    if not params.command or not (params.on_calendar or params.on_boot or params.on_unit_active):
        raise StepError("a timer needs a `command`, and a time: `on_calendar`, `on_boot` …")
    yield from unit_files.put(service, paths[service], job(params), view)
    yield from unit_files.put(timer, paths[timer], times(params), view)
    yield from unit_files.brought(service, None, None, view)
    yield from unit_files.brought(timer, params.enabled, params.running, view)


def job(params):
    service = dict([("Type", "oneshot")], **given(params, RUNS))
    if params.environment:
        service["Environment"] = [quoted(*pair) for pair in sorted(params.environment.items())]
    return unit_files.text({"Unit": unit(params), "Service": dict(service, **params.service)})


def times(params):
    sections = [
        ("Unit", unit(params)),
        ("Timer", given(params, TIMES)),
        ("Install", {"WantedBy": "timers.target"}),
    ]
    return unit_files.text(dict(sections))


def unit(params):
    return {"Description": params.description or params.name}


def given(params, names):
    return {key: params.get(name) for name, key in names if params.get(name) is not None}


def quoted(name, value):
    """A variable as systemd reads it: systemd.exec(5), Environment=; `%` would be a specifier."""
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return '"%s=%s"' % (name, text)
