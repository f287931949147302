"""The hostile user: swaps what lies in the user's folder, as fast as a process can. Runs in a test host.

Reads {"until", "stop", "victims", "stash", "rests", "dwells"} as JSON, the last two in seconds; writes how
many swaps were made. A swap puts a link, hard link, fifo, socket or folder in the place of a name
and, after a dwell, the name back again, each by one renameat2(2). Names that root stages beside a file can be foretold: they are swapped too. Between
bursts the user lays again what got lost, and rests, so that root comes to every point of its work.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import random
import shutil
import stat
import sys
import time

EXCHANGE = 2
HERE = -100  # AT_FDCWD
libc = ctypes.CDLL(None, use_errno=True)


def exchange(one, other):
    return not libc.renameat2(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE)


def staged(path):
    folder, name = os.path.split(path)
    return f"{folder}/.hardener-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}~"


def attack(path, plant, dwell):
    """Swap one name with one plant and back after so many seconds; return the number of swaps."""
    if not exchange(path, plant):
        return 0
    for _ in range(random.choice((0, 0, 1, 20, 200))):
        os.sched_yield()
    time.sleep(dwell)
    return 1 + exchange(path, plant)


def mend(path, pristine):
    """Lay a victim again where a swap has lost it: what is away is no target."""
    with contextlib.suppress(OSError):
        info = os.lstat(path)
        if stat.S_ISDIR(info.st_mode) or (stat.S_ISREG(info.st_mode) and info.st_nlink == 1):
            return
        os.unlink(path)
    fresh = f"{path}.fresh{os.getpid()}"
    with contextlib.suppress(OSError):
        (shutil.copytree if os.path.isdir(pristine) else shutil.copy)(pristine, fresh)
        os.rename(fresh, path)


def burst(victims, plants, dwells):
    path, swaps = random.choice(victims), 0
    for _ in range(random.choice((1, 8, 50))):
        name = random.choice((path, path, staged(path)))
        swaps += attack(name, random.choice(plants), random.choice(dwells))
    return swaps


def main():
    order = json.load(sys.stdin)
    victims, swaps = order["victims"], 0
    while time.time() < order["until"] and not os.path.exists(order["stop"]):
        plants = [os.path.join(order["stash"], name) for name in os.listdir(order["stash"])]
        swaps += burst(list(victims), plants, order["dwells"]) if plants else 0
        for path, pristine in victims.items():
            mend(path, pristine)
        time.sleep(random.choice(order["rests"]))
    print(swaps)


main()
