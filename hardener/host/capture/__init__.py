"""What a host is, as the steps that would make it so: each part reads by the lenses and writes nothing.

A part is a generator `steps(view, system)` of (title, step type, parameters). Whether a step really
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
        for title, type, params in PARTS[part](view, system):
            yield {"part": part, "name": title, "type": type, "params": params}
