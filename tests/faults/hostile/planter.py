"""Lays what a hostile user swaps in, and lays it again where it got lost. Runs in a test host, as root.

Reads {"until", "stop", "user", "stashes", "canaries", "folders"} as JSON. Hard links to others' files are
what any user can make where fs.protected_hardlinks is 0; that is a setting of the whole machine,
so root makes them here for the user. All else belongs to the user.
"""

import contextlib
import json
import os
import shutil
import socket
import stat
import sys
import time


def link(target):
    return lambda path: os.symlink(target, path), lambda path: os.readlink(path) == target


def hard(target):
    return lambda path: os.link(target, path), lambda path: os.path.samefile(path, target)


def of_format(make, is_one):
    return make, lambda path: is_one(os.lstat(path).st_mode)


def bind(path):
    socket.socket(socket.AF_UNIX).bind(path)


def plants(order):
    """{name: (make it, is it one?)}."""
    found = {f"link-{n}": link(path) for n, path in enumerate(order["canaries"] + order["folders"])}
    found |= {f"hard-{n}": hard(path) for n, path in enumerate(order["canaries"])}
    found["fifo"] = of_format(os.mkfifo, stat.S_ISFIFO)
    found["socket"] = of_format(bind, stat.S_ISSOCK)
    found["room"] = of_format(os.mkdir, stat.S_ISDIR)
    return found


def lay(path, make, is_one, user):
    with contextlib.suppress(OSError):
        if is_one(path):
            return
    with contextlib.suppress(OSError):
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    with contextlib.suppress(OSError):
        make(path)
        if not os.path.basename(path).startswith("hard"):
            os.lchown(path, *user)


def main():
    order = json.load(sys.stdin)
    wanted = plants(order)
    while time.time() < order["until"] and not os.path.exists(order["stop"]):
        for stash in order["stashes"]:
            for name, how in wanted.items():
                lay(f"{stash}/{name}", *how, order["user"])
        time.sleep(0.05)


main()
