"""What this process may ask of the kernel, in a container less than root elsewhere: capabilities(7)."""

from hardener.host.errors import NotApplicable

SYS_MODULE = "CAP_SYS_MODULE", 16  # linux/capability.h
SYS_ADMIN = "CAP_SYS_ADMIN", 21


def require(system, capability, what):
    """Raise NotApplicable where root itself lacks a capability; of others their rights are told elsewhere."""
    name, bit = capability
    if system.privileged and not effective(system) & 1 << bit:
        raise NotApplicable(what, why="it runs without %s" % name)


def effective(system):
    for line in system.read("/proc/self/status").splitlines():
        if line.startswith(b"CapEff:"):
            return int(line.split()[1], 16)
    return 0
