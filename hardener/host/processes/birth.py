"""When a process was begun, and in which boot: by that, numbers that are used again are told apart."""

from hardener.host.record.lock import boot_id


def born(system, process):
    return "%s %d" % (boot_id(system), process.started)
