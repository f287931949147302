"""Kernel parameters on booted hosts: each has a network of its own, so net.* is safe to change."""

from typing import Any

import pytest
from inside import Inside
from sandbox import step

IPV4 = "/proc/sys/net/ipv4/"


@pytest.fixture
def inside(host: Any) -> Inside:
    return Inside(host)


def values(inside: Inside) -> str:
    """All of net.ipv4 and net.ipv6, and what else a test here sets."""
    return str(
        inside.host.sh("sysctl -a 2>/dev/null | grep '^net.ipv[46].conf\\|ip_forward\\|tcp_rmem'")
    )


def test_set_now_and_at_boot(inside: Inside) -> None:
    before = values(inside)
    call = step(
        "sysctl",
        values={"net.ipv4.tcp_rmem": "4096 131072 4000000", "net.ipv4.conf.all.log_martians": 1},
    )
    assert inside.play(call, dry_run=True) == "pending"
    predicted = inside.changes("preview")
    assert values(inside) == before
    assert inside.play(call) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert inside.host.read(IPV4 + "tcp_rmem").split() == ["4096", "131072", "4000000"]
    assert inside.host.read(IPV4 + "conf/all/log_martians") == "1\n"
    assert inside.play(call) == "ok"
    inside.host.sh(
        "echo 0 > /proc/sys/net/ipv4/conf/all/log_martians; systemctl restart systemd-sysctl"
    )
    assert inside.host.read(IPV4 + "conf/all/log_martians") == "1\n"
    assert inside.rollback() == "rolled back", inside.events
    assert values(inside) == before


def test_what_the_kernel_moves_along_comes_back(inside: Inside) -> None:
    """ip_forward flips conf.all.accept_redirects and every interface (ip-sysctl.rst)."""
    inside.host.sh("sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv6.conf.all.forwarding=0")
    forward = {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1}
    assert inside.play(step("sysctl", values=forward)) == "changed", inside.errors()
    inside.host.sh("sysctl -qw net.ipv4.conf.all.accept_redirects=1")
    before = values(inside)
    off = {"net.ipv4.ip_forward": 0, "net.ipv6.conf.all.forwarding": 0}
    assert inside.play(step("sysctl", values=off)) == "changed", inside.errors()
    assert values(inside) != before
    assert inside.rollback() == "rolled back", inside.events
    assert values(inside) == before


def test_leaders_go_first(inside: Inside) -> None:
    """Else ip_forward would undo what an alphabetically earlier key has just set."""
    inside.host.sh("sysctl -qw net.ipv4.ip_forward=1")
    calm = {"net.ipv4.conf.all.accept_redirects": 0, "net.ipv4.ip_forward": 0}
    assert inside.play(step("sysctl", values=calm)) == "changed", inside.errors()
    assert inside.host.read(IPV4 + "conf/all/accept_redirects") == "0\n"
    assert inside.play(step("sysctl", values=calm)) == "ok"


def test_an_unknown_parameter_is_refused_with_the_nearest_name(inside: Inside) -> None:
    assert inside.play(step("sysctl", values={"net.ipv4.tcp_syncookie": 1})) == "refused"
    assert "did you mean net.ipv4.tcp_syncookies?" in inside.errors()
    lenient = step("sysctl", values={"net.ipv4.nonesuch": 1}, ignore_missing=True)
    assert inside.play(lenient) == "changed"
    assert inside.notes()[0] == "the kernel has no net.ipv4.nonesuch: stored, not set"


def test_a_refused_value_is_rolled_back(inside: Inside) -> None:
    before = values(inside)
    assert inside.play(step("sysctl", values={"net.ipv4.ip_forward": "many"})) == "refused"
    assert "net.ipv4.ip_forward takes numbers, and 'many' is none" in inside.errors()
    assert inside.play(step("sysctl", values={"net.ipv4.tcp_syncookies": 999})) == "rolled back"
    assert "the kernel refuses the value '999'" in inside.errors()
    assert values(inside) == before
    assert not inside.host.exists("/etc/sysctl.d/99-hardener.conf"), "\n".join(
        map(str, inside.events)
    )


def test_read_only_proc_says_so(inside: Inside) -> None:
    inside.host.sh("mount -o bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys")
    assert inside.play(step("sysctl", values={"net.ipv4.ip_forward": 1})) == "refused"
    assert "/proc/sys is read-only here, as in a container" in inside.errors()


def test_an_action_is_no_setting(inside: Inside) -> None:
    assert inside.play(step("sysctl", values={"net.ipv4.route.flush": 1})) == "refused"
    assert "does something once" in inside.errors()
