"""Which package manager is in charge."""

MANAGERS = (("apt-get", "apt"), ("dnf", "dnf"), ("apk", "apk"))


def gather(system):
    return {"manager": next((name for program, name in MANAGERS if system.which(program)), "")}
