"""coredump on booted hosts: a program that crashes in a login leaves no memory behind, until it is undone."""

from typing import Any

from inside import Inside
from lab.host import Host
from sandbox import step

LIMITS = "ulimit -Hc"


def limit(host: Host, user: str) -> str:
    """How large a core may be that a fresh login by ssh writes."""
    return str(host.ssh(LIMITS, user=user).stdout).strip()


def test_there_and_back(any_host: Any) -> None:
    host, inside = any_host, Inside(any_host)
    host.write("/etc/systemd/coredump.conf", "[Coredump]\n#Storage=external\n")
    before = {user: limit(host, user) for user in ("root", "ops")}
    assert "0" not in before.values()
    wish = step("coredump", name="90-own")
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert {user: limit(host, user) for user in before} == {"root": "0", "ops": "0"}
    assert host.sh("sysctl -n fs.suid_dumpable").strip() == "0"
    assert "Storage=none" in host.sh("systemd-analyze cat-config systemd/coredump.conf")
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert {user: limit(host, user) for user in before} == before
    assert not host.exists("/etc/systemd/coredump.conf.d")
