"""Real mounts of memory and of folders, in a mount namespace of our own."""

import ctypes
import os
import subprocess
from pathlib import Path
from typing import Any

import needs
from hypothesis import strategies as st
from laws.world import Meddling, World

from hardener.host.kinds.mount import NOT_MOUNTED, Mount, MountState
from hardener.host.resource import Want

NEW_MOUNTS = 0x00020000  # CLONE_NEWNS, unshare(2)
FLAGS = ("nodev", "noexec", "nosuid", "ro", "noatime")


def tmpfs(flags: Any, size: int) -> MountState:
    words = (*sorted(flags), f"size={size}")
    return MountState(True, "tmpfs", "tmpfs", "/", tuple(sorted(flags)), size, "tmpfs", words)


def ramfs(flags: Any) -> MountState:
    words = tuple(sorted(flags))
    return MountState(True, "ramfs", "ramfs", "/", words, None, "ramfs", words)


states = st.one_of(
    st.just(NOT_MOUNTED),
    st.builds(ramfs, st.sets(st.sampled_from(FLAGS))),
    st.builds(tmpfs, st.sets(st.sampled_from(FLAGS)), st.sampled_from([1 << 20, 1 << 21])),
)


def sh(script: str) -> Any:
    return lambda world: subprocess.run(script.format(world.folder), shell=True, check=True)


CALM = tmpfs(("nodev",), 1 << 20)


class Mounts(World):
    kind = "mount"
    live = True
    wishes = st.fixed_dictionaries({}, optional={"a": states, "b": states}).map(
        lambda d: list(d.items())
    ).filter(bool)  # fmt: skip
    first = wishes
    meddling = st.sampled_from([
        Meddling([("a", CALM)], sh("mount -t tmpfs theirs {0}/b"), related=False),
        Meddling([("a", CALM)], sh("mount -o remount,bind,nosuid,nodev {0}/a"), related=True),
        Meddling([("a", CALM)], sh("mount -o remount,size=3M {0}/a"), related=True),
    ])  # fmt: skip
    without = {9: "what all can read in /proc holds no secret"}

    def want(self, wish: Any, view: Any) -> Want:
        return Want(Mount(f"{self.folder}/{wish[0]}"), wish[1])

    def lay(self) -> None:
        needs.root()
        libc = ctypes.CDLL(None, use_errno=True)
        self._outside = os.open("/proc/self/ns/mnt", os.O_RDONLY)
        self._libc = libc
        if libc.unshare(NEW_MOUNTS):
            needs.missing(f"needs mount namespaces: {os.strerror(ctypes.get_errno())}")
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        for name in ("a", "b"):
            (self.folder / name).mkdir()

    def close(self) -> None:
        for name in ("a", "b"):
            subprocess.run(
                ["umount", "-q", self.folder / name], check=False, stderr=subprocess.DEVNULL
            )
        self._libc.setns(self._outside, NEW_MOUNTS)
        os.close(self._outside)

    def look(self) -> dict[str, Any]:
        """By the kernel's own words, without the numbers that each mount gets anew."""
        found = {}
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            words = line.split()
            if words[4].startswith(str(self.folder)):
                found[Path(words[4]).name] = (words[5], words[7:])
        return found

    def asked(self, key: str, wishes: Any) -> bool:
        return key in {name for name, _ in wishes}


WORLD = Mounts
