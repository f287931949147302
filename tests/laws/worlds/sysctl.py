"""Real parameters of the real kernel, those that a network namespace of our own has for itself."""

import ctypes
import os
from pathlib import Path
from typing import Any

import needs
from hypothesis import strategies as st
from laws.world import Meddling, World

from hardener.host.kinds.sysctl import Parameter

NEW_NET = 0x40000000  # CLONE_NEWNET, unshare(2)
BASE = Path("/proc/sys/net/ipv4")
VALUES = {
    "net.ipv4.conf.all.log_martians": ("0", "1"),
    "net.ipv4.conf.default.rp_filter": ("0", "1", "2"),
    "net.ipv4.conf.lo.accept_source_route": ("0", "1", " 1 "),
    "net.ipv4.icmp_echo_ignore_broadcasts": ("0", "1"),
    "net.ipv4.ip_forward": ("0", "1"),
    "net.ipv4.ip_local_port_range": ("1024 60999", "2000\t3000", "32768 60999"),
    "net.ipv4.tcp_keepalive_time": ("60", "7200"),
}


def write(key: str, value: str) -> Any:
    return lambda world: BASE.joinpath(*key.split(".")[2:]).write_text(value)


class Sysctls(World):
    kind = "sysctl"
    live = True
    wishes = st.fixed_dictionaries({}, optional={key: st.sampled_from(v) for key, v in VALUES.items()}).map(
        lambda d: [(key, Parameter(value)) for key, value in sorted(d.items())]
    ).filter(bool)  # fmt: skip
    meddling = st.sampled_from([
        Meddling([("net.ipv4.tcp_keepalive_time", Parameter("60"))], write("net.ipv4.ip_default_ttl", "99"), False),
        Meddling([("net.ipv4.tcp_keepalive_time", Parameter("60"))], write("net.ipv4.tcp_keepalive_time", "61"), True),
        Meddling([("net.ipv4.conf.all.log_martians", Parameter("1"))], write("net.ipv4.ip_default_ttl", "9"), False),
    ])  # fmt: skip
    without = {9: "a parameter that all can read holds no secret"}

    def lay(self) -> None:
        needs.root()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        if self._libc.unshare(NEW_NET):
            needs.missing(f"needs network namespaces: {os.strerror(ctypes.get_errno())}")
        if not os.access(BASE / "ip_forward", os.W_OK) or os.statvfs(BASE).f_flag & os.ST_RDONLY:
            self.close()
            needs.missing("needs a /proc/sys that can be written")

    def close(self) -> None:
        self._libc.setns(self._outside, NEW_NET)
        os.close(self._outside)

    def look(self) -> dict[str, Any]:
        found = {}
        for path in sorted(BASE.rglob("*")):
            if path.is_file() and os.access(path, os.R_OK) and path.stat().st_mode & 0o200:
                found[str(path.relative_to(BASE))] = self._text(path)
        return found

    def _text(self, path: Path) -> str:
        try:
            return path.read_text()
        except OSError as error:  # some can only be written
            return str(error.errno)

    def asked(self, key: str, wishes: Any) -> bool:
        """What the kernel changes along with it counts as asked for (ip-sysctl.rst)."""
        keys = [id.split(".", 2)[2].replace(".", "/") for id, _ in wishes]
        along = "ip_forward" in keys and (
            key.endswith(("/forwarding", "/accept_redirects", "/send_redirects"))
        )
        return (
            key in keys
            or along
            or any(k.startswith("conf/default") and key.endswith(k[12:]) for k in keys)
        )


WORLD = Sysctls
