"""What a container may not: said with its reason before anything is done, and passed over if asked."""

from typing import Any

import pytest
from inside import Inside
from sandbox import step

READ_ONLY = "mount -o bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys"
WITHOUT = """
import ctypes
class Three(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]
libc, bit = ctypes.CDLL(None, use_errno=True), %d
header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # capget(2): version 3
sets = (Three * 2)()
assert not libc.prctl(24, bit, 0, 0, 0)  # PR_CAPBSET_DROP: not of its programs, either
assert not libc.capget(header, sets)
for part in ("effective", "permitted"):
    setattr(sets[bit // 32], part, getattr(sets[bit // 32], part) & ~(1 << bit %% 32))
assert not libc.capset(header, sets)
"""
NET_ADMIN, SYS_ADMIN = 12, 21
SWAP: dict[str, Any] = {"path": "/swapfile", "size": "16M"}
SHM: dict[str, Any] = {"path": "/dev/shm", "add_opts": ["noexec"]}
CASES = {
    "sysctl": ({"values": {"net.ipv4.conf.all.log_martians": 1}}, READ_ONLY, "", "read-only"),
    "firewall": ({}, "", WITHOUT % NET_ADMIN, "packet filter"),
    "mount": (SHM, "", WITHOUT % SYS_ADMIN, "nothing can be mounted in this container"),
    "swapfile": (SWAP, "", WITHOUT % SYS_ADMIN, "this container may not use swap"),
}


@pytest.mark.parametrize("type", CASES)
def test_not_applicable(host: Any, type: str) -> None:
    """Refused by itself, passed over with `if_possible`, the same in an audit; and nothing is written."""
    params, prepare, before, reason = CASES[type]
    inside = Inside(host)
    host.sh(prepare or "true")
    was = host.hash()
    asked = step(type, **params)
    assert inside.play(asked, before=before) == "refused"
    assert reason in inside.errors()
    for call in asked["calls"]:
        call["if_possible"] = True
    assert inside.play(asked, before=before) == "ok", inside.errors()
    assert host.hash() == was
    assert said(inside) == ("not applicable", True)
    play = {"number": 0, "name": "play", "steps": [asked]}
    assert inside._order("audit", play, before=before) == "ok"
    assert said(inside) == ("not applicable", True)


def said(inside: Inside) -> tuple[str, bool]:
    """How the step ended, and whether the reason is given."""
    (told,) = [each for each in inside.events if each["event"] == "step"]
    return told["status"], bool(told["why"])


def test_options_for_what_is_no_mount_of_its_own(host: Any) -> None:
    """There is nothing to add them to; who gives all options is told what lacks."""
    inside = Inside(host)
    asked = step("mount", path="/srv", add_opts=["noexec"])
    wrong = step("mount", path="/srv", opts="noexec")
    for call in asked["calls"] + wrong["calls"]:
        call["if_possible"] = True
    assert inside.play(asked) == "ok", inside.errors()
    assert said(inside) == ("not applicable", True)
    assert inside.play(wrong) == "refused"


def test_what_is_so_already_is_no_matter_of_possibility(host: Any) -> None:
    """Where the machine outside has set a parameter as it is wanted, the container is as it should be."""
    inside = Inside(host)
    wanted = step("sysctl", values={"net.ipv4.conf.all.log_martians": 1})
    assert inside.play(wanted) == "changed", inside.errors()
    host.sh(READ_ONLY)
    assert inside.play(wanted) == "ok", inside.errors()
