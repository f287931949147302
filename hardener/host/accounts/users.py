"""Names of users on a host, read from its own /etc/passwd."""

from hardener.host.errors import HostError


def uid_of(system, name):
    """Return the number of a user; raises HostError where there is none of this name."""
    if str(name).isdigit():
        return int(name)
    for line in system.read("/etc/passwd").decode("utf-8", "replace").splitlines():
        fields = line.split(":")
        if fields[0] == name:
            return int(fields[2])
    raise HostError("there is no user %s on this host" % name)
