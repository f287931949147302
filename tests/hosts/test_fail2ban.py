"""The step fail2ban with the real one on a booted host: it refuses what would not start, and it bans."""

from collections.abc import Callable
from typing import Any

import pytest
from inside import Inside
from lab.host import Host
from lab.session import Lab
from sandbox import step

FILE = "/etc/fail2ban/jail.d/hardener.local"
JAIL: dict[str, Any] = {
    "defaults": {"banaction": "nftables-multiport", "bantime": "1h", "maxretry": 2},
    "jails": {"sshd": {"enabled": True, "backend": "systemd"}},
}


@pytest.fixture
def inside(make_host: Callable[..., Host]) -> Inside:
    """A fresh Debian: its jail wants /var/log/auth.log, which nobody writes there."""
    return Inside(make_host(packages=["fail2ban", "python3-systemd"]))


def said(inside: Inside, *words: str) -> str:
    return str(inside.host.sh(" ".join(["fail2ban-client", *words])))


def test_there_and_back(lab: Lab, inside: Inside) -> None:
    host = inside.host
    no_log = step("fail2ban", jails={"sshd": {"enabled": True, "backend": "polling"}})
    assert inside.play(no_log) == "refused"
    assert "fail2ban refuses the new " + FILE in inside.errors()
    assert "sshd jail" in inside.errors() and "staging" not in inside.errors()
    jails = {"sshd": {"enabled": True, "backend": "polling"}}
    in_main: dict[str, Any] = {"in": "file", "jails": jails}
    assert inside.play(step("fail2ban", **in_main)) == "refused"
    assert "fail2ban refuses the new /etc/fail2ban/jail.local" in inside.errors()
    assert not host.exists("/etc/fail2ban/jail.local")
    no_filter = step(
        "fail2ban", jails={"sshd": {"backend": "systemd"}, "no-such": {"enabled": True}}
    )
    assert inside.play(no_filter) == "refused"
    assert "no-such" in inside.errors()
    for name, value in (("maxretry", "many"), ("bantime", "for ever")):
        odd = step("fail2ban", jails={"sshd": {"backend": "systemd", name: value}})
        assert inside.play(odd) == "refused", value
        assert name in inside.errors() and "sshd" in inside.errors()
    assert not host.exists(FILE)
    call = step("fail2ban", **JAIL)
    assert inside.play(call) == "changed", inside.errors()
    host.sh("systemctl restart fail2ban")
    host.wait_until(["fail2ban-client", "get", "sshd", "maxretry"])
    assert said(inside, "get", "sshd", "maxretry").strip() == "2"
    before = host.read(FILE)
    more = step("fail2ban", defaults={"maxretry": 4})
    assert inside.play(more) == "changed", inside.errors()
    assert said(inside, "get", "sshd", "maxretry").strip() == "4", "it was not reloaded"
    said(inside, "set", "sshd", "banip", "192.0.2.7")
    assert inside.play(more) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert host.read(FILE) == before
    assert said(inside, "get", "sshd", "maxretry").strip() == "2", "not reloaded by the rollback"
    assert "192.0.2.7" in said(inside, "status", "sshd"), "the ban is lost"
