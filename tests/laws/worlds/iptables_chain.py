"""Chains of the real kernel, in a network namespace of our own, as ufw has them, with others beside."""

import ctypes
import os
import subprocess
from typing import Any

import needs
from hypothesis import strategies as st
from laws.world import Meddling, World

from hardener.host.kinds.iptables_chain import Chain, Rules
from hardener.host.text.ufw_rules import commands
from hardener.host.ufw import rules

NEW_NET = 0x40000000  # CLONE_NEWNET, unshare(2)
CHAIN = "ufw-user-input"
ID = Chain("ip", CHAIN).id
LAID = """*filter
:ufw-user-input - [0:0]
:ufw-user-limit - [0:0]
:ufw-user-limit-accept - [0:0]
:other - [0:0]
-A INPUT -j ufw-user-input
-A other -p tcp -m tcp --dport 80 -j ACCEPT
COMMIT
"""
ENTRIES = st.sampled_from([
    {"port": 22, "proto": "tcp", "rate": "12/minute"},
    {"port": [80, "6000-6100"], "proto": "tcp", "from": ["10.0.0.0/8", "10.9.8.7"]},
    {"port": 53, "proto": "udp", "comment": "names", "interface": "wg0"},
    {"interface": "wg0", "proto": "tcp", "from": ["192.0.2.1"], "rate": "1/second"},
])  # fmt: skip


def text(entries: list[dict[str, Any]]) -> str:
    return commands("".join(rules.blocks(entries, 4)), CHAIN)


def iptables(*words: str, given: str = "") -> str:
    done = subprocess.run(list(words), input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def appended(*words: str) -> Any:
    return lambda world: iptables(
        "iptables", "-A", *words, "-p", "tcp", "--dport", "443", "-j", "ACCEPT"
    )


WANTED = [(ID, Rules(text([{"port": 22, "proto": "tcp"}])))]


class Chains(World):
    kind = "iptables_chain"
    live = True
    wishes = st.lists(ENTRIES, max_size=3).map(lambda found: [(ID, Rules(text(found)))])
    meddling = st.sampled_from([
        Meddling(WANTED, appended("other"), False),
        Meddling(WANTED, appended(CHAIN), True),
    ])  # fmt: skip
    without = {9: "the rules of a firewall hold no secret"}

    def lay(self) -> None:
        needs.root()
        needs.program("iptables", "unshare")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        if self._libc.unshare(NEW_NET):
            needs.missing(f"needs network namespaces: {os.strerror(ctypes.get_errno())}")
        iptables("iptables-restore", given=LAID)

    def close(self) -> None:
        self._libc.setns(self._outside, NEW_NET)
        os.close(self._outside)

    def look(self) -> dict[str, Any]:
        saved = iptables("iptables", "-S").splitlines()
        names = {line.split()[1] for line in saved}
        return {name: [line for line in saved if line.split()[1] == name] for name in names}

    def asked(self, key: str, wishes: Any) -> bool:
        return bool(wishes) and key == CHAIN


WORLD = Chains
