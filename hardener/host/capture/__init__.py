"""What a host is, as the steps that would make it so: each part reads by the lenses and writes nothing.

A part is a generator `steps(view, system)` of (title, step type, parameters); for what no step can say,
of (title, None, why). Whether a step really
finds nothing to do is for the controller to find out, by an audit.
"""

from hardener.host.capture import (
    logrotate,
    mounts,
    packages,
    services,
    sshd,
    supervisor,
    swap,
    sysctl,
)
from hardener.host.errors import ProtocolError

PARTS = {
    "packages": packages.steps,
    "sysctl": sysctl.steps,
    "swap": swap.steps,
    "mounts": mounts.steps,
    "logrotate": logrotate.steps,
    "sshd": sshd.steps,
    "services": services.steps,
    "supervisor": supervisor.steps,
}


def captured(parts, view, system):
    """Yield the steps of these parts as data."""
    for part in parts:
        if part not in PARTS:
            raise ProtocolError("there is no part %.80r to capture" % part)
        for title, type, params in told(part, view, system):
            if type is not None and is_text(params):
                yield {"part": part, "name": title, "type": type, "params": params}
            else:
                why = params if type is None else "it holds bytes that are no UTF-8"
                yield {"part": part, "name": title, "left": why}


def told(part, view, system):
    """Yield what a part tells, up to what this user may not read."""
    try:
        yield from PARTS[part](view, system)
    except PermissionError as error:
        yield "What else there is of %s" % part, None, "%s may not be read" % error.filename


def is_text(value):
    """Tell whether all of it can stand in a playbook."""
    if isinstance(value, dict):
        return all(is_text(name) and is_text(each) for name, each in value.items())
    if isinstance(value, list):
        return all(is_text(each) for each in value)
    return not isinstance(value, str) or not any("\udc80" <= sign <= "\udcff" for sign in value)
