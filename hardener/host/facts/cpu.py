"""How many processors this process may use."""

import os


def gather(system):
    return {"count": len(os.sched_getaffinity(0))}
