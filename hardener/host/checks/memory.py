"""Memory that programs could still have without swapping (MemAvailable, proc(5))."""

from hardener.host import sizes
from hardener.host.facts.memory import meminfo


def check(params, system):
    """`params`: available (a size or a percentage of the memory), swap_free (of the swap)."""
    known = meminfo(system)
    return below("memory", known["MemAvailable"], known["MemTotal"], params.available) or below(
        "swap", known["SwapFree"], known["SwapTotal"], params.swap_free
    )


def below(what, free, whole, wanted):
    if wanted is None or (whole and free >= sizes.parse(wanted, whole)):
        return None
    if not whole:
        return "there is no %s" % what
    return "%s of %s %s are available, not %s" % (
        sizes.shown(free),
        sizes.shown(whole),
        what,
        wanted,
    )
