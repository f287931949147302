"""What this process may ask of the kernel, in a container less than root elsewhere: capabilities(7)."""

from hardener.host.errors import NotApplicable

SYS_MODULE = "CAP_SYS_MODULE", 16  # linux/capability.h
SYS_ADMIN = "CAP_SYS_ADMIN", 21
SYS_NICE = "CAP_SYS_NICE", 23
SYS_RESOURCE = "CAP_SYS_RESOURCE", 24
OF_MACHINE = "user:[4026531837]"  # PROC_USER_INIT_INO, linux/proc_ns.h


def require(system, capability, what):
    """Raise NotApplicable where root itself lacks a capability; of others their rights are told elsewhere."""
    name, bit = capability
    if system.privileged and not effective(system) & 1 << bit:
        raise NotApplicable(what, why="it runs without %s" % name)


def require_of_machine(system, capability, what):
    """The same of what the kernel asks the machine's own root for: user_namespaces(7).

    Root of a container with users of its own has the capability, and may not.
    """
    require(system, capability, what)
    if system.privileged and system.readlink("/proc/%d/ns/user" % system.pid) != OF_MACHINE:
        raise NotApplicable(what, why="root of this container is not root of the machine")


def effective(system):
    for line in system.read("/proc/self/status").splitlines():
        if line.startswith(b"CapEff:"):
            return int(line.split()[1], 16)
    return 0
