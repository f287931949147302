"""The load average: processes that run or wait for the disk (proc(5))."""

from hardener.host.facts import cpu

MINUTES = {1: 0, 5: 1, 15: 2}


def check(params, system):
    """`params`: max, per_cpu (divide by the number of CPUs), minutes (1, 5 or 15)."""
    shown = float(system.read("/proc/loadavg").split()[MINUTES[params.minutes]])
    load = shown / cpu.gather(system)["count"] if params.per_cpu else shown
    if load <= float(params.max):
        return None
    per_cpu = " per CPU" if params.per_cpu else ""
    return "the load of the last %d minutes is %.2f%s, more than %s" % (
        params.minutes,
        load,
        per_cpu,
        params.max,
    )
