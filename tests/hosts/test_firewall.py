"""The step firewall on booted hosts: what comes in, what is told beforehand, what comes back."""

from pathlib import Path

import pytest
from faults.lockout.command import Command
from inside import Inside
from lab.host import Host
from lab.session import Lab
from reaching import over_ipv6, reaches, serve
from sandbox import step

OTHERS = """table ip other {
    chain x {
        type nat hook prerouting priority -100; policy accept;
        tcp dport 8080 redirect to :80
    }
}
"""
WITHOUT = """
import ctypes
PR_CAPBSET_DROP, CAP_NET_ADMIN = 24, 12
assert not ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN, 0, 0, 0)
"""


@pytest.fixture
def inside(host: Host) -> Inside:
    return Inside(host)


def test_there_and_back(lab: Lab, any_host: Host, tmp_path: Path) -> None:
    host, harden = any_host, Command(lab, any_host, tmp_path)
    host.sh(f"nft -f - <<'E'\n{OTHERS}E")
    before, rules = host.hash(), host.sh("nft list ruleset")
    for port in (80, 3000):
        serve(host, port)
    assert reaches(lab, host.address, 3000)
    allow = [{"port": 22}, {"port": 80, "from": ["10.213.0.0/16"]}]
    book = harden.playbook({"firewall": {"allow": allow}})
    seen = harden("apply", str(book), "--dry-run")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "tcp 0.0.0.0:22 (sshd) stays open to all" in seen.stdout
    assert "tcp [::]:80 (python3) stays open to 10.213.0.0/16" in seen.stdout
    assert "tcp [::]:3000 (python3) will be closed" in seen.stdout
    assert host.sh("nft list ruleset") == rules
    done = harden("apply", str(book))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [reaches(lab, host.address, port) for port in (22, 80, 3000)] == [True, True, False]
    assert host.sh("nft list table ip other") == rules
    again = harden("apply", str(book))
    assert again.returncode == 0 and "changed " not in again.stdout, again.stdout
    assert harden("rollback").returncode == 0
    assert host.sh("nft list ruleset") == rules
    assert reaches(lab, host.address, 3000)
    assert harden.difference(before) == ""


def test_a_reboot_keeps_it_and_a_rollback_then_ends_it(
    lab: Lab, host: Host, tmp_path: Path
) -> None:
    harden = Command(lab, host, tmp_path)
    before = host.hash()
    book = harden.playbook({"firewall": {"allow": [{"port": 22}]}})
    done = harden("apply", str(book))
    assert done.returncode == 0, done.stdout + done.stderr
    for kept in (True, False):
        host.reboot()
        serve(host, 3000)
        assert reaches(lab, host.address, 22)
        assert reaches(lab, host.address, 3000) is not kept
        if kept:
            assert "changed " not in harden("apply", str(book)).stdout
            assert harden("rollback").returncode == 0
            assert reaches(lab, host.address, 3000)
    assert host.sh("nft list ruleset") == ""
    assert harden.difference(before) == ""


def test_ipv6_alike(lab: Lab, host: Host, tmp_path: Path) -> None:
    """By addresses that only a neighbour's word leads to: that word is never dropped."""
    address = over_ipv6(lab, Command(lab, host, tmp_path))
    inside = Inside(host)
    for port in (80, 3000, 4000):
        serve(host, port)
    allow = [
        {"port": 22},
        {"port": 80, "from": ["fd00:213::/64"]},
        {"port": 4000, "from": ["fd00::9"]},
    ]
    assert inside.play(step("firewall", allow=allow)) == "changed", inside.errors()
    host.sh("ip -6 neigh flush all")
    tried = {port: reaches(lab, address, port) for port in (22, 80, 3000, 4000)}
    assert tried == {22: True, 80: True, 3000: False, 4000: False}
    assert not reaches(lab, host.address, 80)


def test_who_comes_too_often_is_held_back_alone(lab: Lab, host: Host) -> None:
    inside = Inside(host)
    serve(host, 3000)
    call = step("firewall", allow=[{"port": 22}, {"port": 3000, "rate": "3/hour"}])
    assert inside.play(call) == "changed", inside.errors()
    came = [reaches(lab, host.address, 3000) for _ in range(5)]
    assert came == [True, True, True, False, False]
    assert "elements" in host.sh("nft list table inet hardener")
    assert reaches(lab, host.address, 22)
    assert inside.play(call) == "ok", inside.changes("preview")
    more = step("firewall", allow=[{"port": 22}])
    assert inside.play(more) == "changed", inside.errors()
    assert inside.rollback() == "rolled back", inside.events
    assert "rate_2_4" in host.sh("nft list table inet hardener")


def test_absent(inside: Inside) -> None:
    stock = inside.host.read("/etc/nftables.conf")
    assert inside.play(step("firewall", allow=[{"port": 22}])) == "changed", inside.errors()
    assert inside.play(step("firewall", state="absent")) == "changed", inside.errors()
    assert inside.host.sh("nft list ruleset") == ""
    assert inside.host.read("/etc/nftables.conf") == stock
    assert inside.play(step("firewall", state="absent")) == "ok"


def test_who_has_the_firewall_keeps_it(inside: Inside) -> None:
    unit = "[Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
    inside.host.write("/etc/systemd/system/firewalld.service", unit)
    inside.host.sh("systemctl daemon-reload; systemctl enable firewalld")
    assert inside.play(step("firewall")) == "refused"
    assert "firewalld is in charge of this host's firewall" in inside.errors()
    inside.host.sh("systemctl disable firewalld")
    assert inside.play(step("firewall", policy="accept")) == "changed", inside.errors()


def test_a_container_that_may_not_is_told_so(inside: Inside) -> None:
    assert inside.play(step("firewall"), dry_run=True, before=WITHOUT) == "refused"
    assert "CAP_NET_ADMIN" in inside.errors()
    assert "this host's packet filter can't be changed from here" in inside.errors()


def test_what_would_shut_you_out_is_refused(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    before = host.hash()
    for allow in (
        [{"port": 80}],
        [{"port": 22, "from": ["192.0.2.0/24"]}],
        [{"port": 22, "proto": "udp"}],
    ):
        done = harden("apply", str(harden.playbook({"firewall": {"allow": allow}})))
        assert done.returncode == 1, done.stdout + done.stderr
        assert "this would lock you out: the firewall would let no new connection" in done.stdout
        assert "after the next boot" not in done.stdout, "the table itself was not tried"
        assert "allow: [{port: 22, from: [10.213.0.1]}]" in done.stdout
    assert (harden.difference(before), host.sh("nft list ruleset")) == ("", "")


def test_and_what_is_meant_all_the_same_undoes_itself(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    host.sh(f"nft -f - <<'E'\n{OTHERS}E")
    before, rules = host.hash(), host.sh("nft list ruleset")
    book = harden.playbook({"firewall": {}})
    done = harden("apply", str(book), "--no-look-ahead", "--confirm-within", "5")
    assert done.returncode == 3, done.stdout + done.stderr
    assert host.ssh("true").returncode == 0
    assert (harden.difference(before), host.sh("nft list ruleset")) == ("", rules)
