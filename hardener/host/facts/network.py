"""The host's own name."""

import os


def gather(system):
    if system.live:
        return {"hostname": os.uname().nodename}
    if system.lstat("/etc/hostname") is None:
        return {"hostname": ""}
    return {"hostname": system.read("/etc/hostname").decode("utf-8", "replace").strip()}
