"""The step firewall where ufw is in charge, on booted hosts: its files, its live rules, and back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.lockout.command import Command
from inside import Inside
from lab.host import Host
from lab.session import Lab
from reaching import over_ipv6, reaches, serve
from sandbox import step

LIVE = "iptables-save -t filter | grep -v '^#'; ip6tables-save -t filter | grep -v '^#'"


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    """A host whose owner has put ufw in charge, with rules of their own."""
    host = make_host(packages=["ufw", "iptables"])
    host.sh("ufw allow 22/tcp; ufw allow 3000/tcp comment theirs; ufw deny from 192.0.2.9")
    host.sh("ufw allow out 53; ufw --force enable")
    return host


def live(host: Host) -> str:
    """The rules in the kernel, without what has passed them."""
    return re.sub(r"\[\d+:\d+\]", "", host.sh(LIVE))


def files(host: Host) -> list[str]:
    return [host.read(f"/etc/ufw/user{version}.rules") for version in ("", "6")]


def test_there_and_back(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    before, rules = host.hash(), live(host)
    for port in (80, 3000):
        serve(host, port)
    assert [reaches(lab, host.address, port) for port in (80, 3000)] == [False, True]
    allow = [{"port": 22}, {"port": "80-81", "from": ["10.213.0.0/16"], "comment": "the office"}]
    book = harden.playbook({"firewall": {"allow": allow}})
    seen = harden("apply", str(book), "--dry-run", "--diff")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "tcp [::]:3000 (python3) will be closed" in seen.stdout
    assert (
        "-### tuple ### allow tcp 3000 0.0.0.0/0 any 0.0.0.0/0 in comment=746865697273"
        in seen.stdout
    )
    assert "left to the guard" not in seen.stdout
    assert live(host) == rules
    done = harden("apply", str(book))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [reaches(lab, host.address, port) for port in (22, 80, 3000)] == [True, True, False]
    assert as_ufw_has_it(host)
    again = harden("apply", str(book))
    assert again.returncode == 0 and "changed " not in again.stdout, again.stdout
    assert harden("rollback").returncode == 0
    assert live(host) == rules
    assert reaches(lab, host.address, 3000) and not reaches(lab, host.address, 80)
    assert harden.difference(before) == ""


def as_ufw_has_it(host: Host) -> bool:
    """Does ufw itself read these rules, write the same files, and load the same of them?"""
    written, rules, shown = files(host), live(host), host.sh("ufw status numbered")
    assert "81/tcp" in shown and "# the office" in shown and "DENY IN     192.0.2.9" in shown
    host.sh("ufw allow 9999/udp; ufw delete allow 9999/udp")
    assert files(host) == written
    host.sh("ufw reload")
    assert host.sh("ufw status numbered") == shown
    return live(host) == rules


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
    assert harden.difference(before) == ""


def test_ipv6_alike_and_who_comes_too_often(lab: Lab, host: Host, tmp_path: Path) -> None:
    address = over_ipv6(lab, Command(lab, host, tmp_path))
    inside = Inside(host)
    for port in (80, 4000, 4001):
        serve(host, port)
    allow = [
        {"port": 22},
        {"port": 80, "from": ["fd00:213::/64"]},
        {"port": 4000, "rate": "20/minute"},
    ]
    assert inside.play(step("firewall", allow=allow)) == "changed", inside.errors()
    tried = {port: reaches(lab, address, port) for port in (22, 80, 4001)}
    assert tried == {22: True, 80: True, 4001: False}
    assert not reaches(lab, host.address, 80)
    for each in (address, host.address):
        came = [reaches(lab, each, 4000) for _ in range(8)]
        assert came == [True] * 5 + [False] * 3
    assert reaches(lab, host.address, 22)


def test_whom_somebody_bans_since_stays_out(host: Host) -> None:
    inside = Inside(host)
    before = live(host)
    assert inside.play(step("firewall", allow=[{"port": 22}])) == "changed", inside.errors()
    host.sh("ufw insert 1 deny from 192.0.2.77")
    assert inside.play(step("firewall", allow=[{"port": 22}])) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    ban = "-A ufw-user-input -s 192.0.2.77/32 -j DROP\n"
    assert live(host).replace(ban, "") == before and ban in live(host)
    rules = live(host)
    host.sh("ufw reload")
    assert live(host) == rules, "files and kernel differ"


def test_what_would_shut_you_out_is_refused(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    before, rules = host.hash(), live(host)
    for allow in ([{"port": 80}], [{"port": 22, "from": ["192.0.2.0/24"]}]):
        done = harden("apply", str(harden.playbook({"firewall": {"allow": allow}})))
        assert done.returncode == 1, done.stdout + done.stderr
        assert "this would lock you out: the firewall would let no new connection" in done.stdout
        assert "allow: [{port: 22, from: [10.213.0.1]}]" in done.stdout
    assert (harden.difference(before), live(host)) == ("", rules)


def test_and_so_is_what_does_so_at_the_next_boot(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    before = "### tuple ### deny any any 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -j DROP\n\n"
    text = host.read("/etc/ufw/user.rules").replace("### tuple", before + "### tuple", 1)
    book = harden.playbook({"file": {"path": "/etc/ufw/user.rules", "content": text}})
    done = harden("apply", str(book))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "after the next boot" in done.stdout


def test_what_is_meant_all_the_same_undoes_itself(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    before, rules = host.hash(), live(host)
    book = harden.playbook({"firewall": {}})
    done = harden("apply", str(book), "--no-look-ahead", "--confirm-within", "5")
    assert done.returncode == 3, done.stdout + done.stderr
    assert host.ssh("true").returncode == 0
    assert (harden.difference(before), live(host)) == ("", rules)


def test_only_what_is_there_can_be_written(host: Host) -> None:
    inside = Inside(host)
    host.sh("/lib/ufw/ufw-init force-stop")
    assert inside.play(step("firewall", allow=[{"port": 22}])) == "refused"
    assert "ufw is switched on, but its rules are not loaded" in inside.errors()
    host.sh("ufw disable")
    assert inside.play(step("firewall", allow=[{"port": 22}])) == "changed", inside.errors()
    assert "table inet hardener" in host.sh("nft list ruleset")
    host.sh("ufw --force enable")
    call = step("firewall", allow=[{"port": 22}])
    assert inside.play(call) == "changed", inside.errors()
    assert "table inet hardener" not in host.sh("nft list ruleset")
    assert inside.play(call) == "ok", inside.changes("preview")
