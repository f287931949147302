"""Tables of the real kernel, in a network namespace of our own, with somebody else's table beside."""

import ctypes
import os
import subprocess
from typing import Any

import needs
from hypothesis import strategies as st
from laws.world import Meddling, World

from hardener.host.kinds.nft_table import Rules
from hardener.host.nft import TABLE, rules

NEW_NET = 0x40000000  # CLONE_NEWNET, unshare(2)
OTHER = "table ip nat {\n chain x {\n  type nat hook prerouting priority -100;\n  tcp dport 80 counter\n }\n}\n"
ENTRIES = st.sampled_from([
    {"port": 22, "proto": "tcp", "rate": "10/minute"},
    {"port": [80, "6000-6100"], "proto": "tcp", "from": ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"]},
    {"port": 53, "proto": "udp", "comment": "names", "interface": "wg0"},
    {"interface": "wg0", "proto": "tcp", "from": ["2001:db8::1"], "rate": "1/hour"},
])  # fmt: skip
tables = st.builds(
    rules.table,
    st.sampled_from(["drop", "accept"]),
    st.lists(ENTRIES, max_size=3),
    st.booleans(),
)


def nft(*words: str, given: str = "") -> str:
    done = subprocess.run(["nft", *words], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded(text: str) -> Any:
    return lambda world: nft("-f", "-", given=text)


WANTED = [(TABLE, Rules(rules.table("drop", [], True)))]


class Tables(World):
    kind = "nft_table"
    live = True
    wishes = st.one_of(st.none(), tables, tables).map(lambda text: [(TABLE, Rules(text))])
    meddling = st.sampled_from([
        Meddling(WANTED, loaded("add rule ip nat x tcp dport 443 counter"), False),
        Meddling(WANTED, loaded("add rule inet hardener input tcp dport 443 accept"), True),
    ])  # fmt: skip
    without = {9: "the rules of a firewall hold no secret"}

    def lay(self) -> None:
        needs.root()
        needs.program("nft", "unshare")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        if self._libc.unshare(NEW_NET):
            needs.missing(f"needs network namespaces: {os.strerror(ctypes.get_errno())}")
        nft("-f", "-", given=OTHER)

    def close(self) -> None:
        self._libc.setns(self._outside, NEW_NET)
        os.close(self._outside)

    def look(self) -> dict[str, Any]:
        texts = ("table " + part for part in nft("list", "ruleset").split("table ")[1:])
        return {text.partition(" {")[0]: text for text in texts}

    def asked(self, key: str, wishes: Any) -> bool:
        return bool(wishes) and key == "table " + TABLE


WORLD = Tables
