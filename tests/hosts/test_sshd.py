"""The step sshd on booted hosts: sshd judges it, proves it, reads it, and lets in whoever applies it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import Command
from inside import Inside
from lab.host import Host
from lab.session import Lab
from sandbox import step

DROP_IN = "/etc/ssh/sshd_config.d/00-hardener.conf"
MAIN: dict[str, Any] = {"in": "file"}
BASELINE = {
    "PermitRootLogin": "prohibit-password",
    "PasswordAuthentication": False,
    "X11Forwarding": False,
    "AllowTcpForwarding": False,
    "LogLevel": "VERBOSE",
    "LoginGraceTime": "1m",
    "MaxAuthTries": 4,
    "MaxStartups": "10:30:60",
    "ClientAliveInterval": 300,
    "AllowUsers": ["root", "ops", "nopass"],
    "KexAlgorithms": ["curve25519-sha256", "diffie-hellman-group16-sha512"],
    "Ciphers": "-chacha20-poly1305@openssh.com",
    "MACs": ["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256"],
}


def effective(host: Host) -> dict[str, str]:
    """What sshd says of the files as they lie there."""
    pairs = (line.partition(" ") for line in host.sh("/usr/sbin/sshd -T").splitlines())
    return {name: value for name, _, value in pairs}


def process(host: Host) -> str:
    return host.sh("systemctl show -p MainPID ssh")


@pytest.fixture
def inside(host: Host) -> Inside:
    return Inside(host)


def test_a_baseline_there_and_back(lab: Lab, any_host: Host, tmp_path: Path) -> None:
    """Proved by sshd, read by the one that runs, and by a login under it; then all as before."""
    host, harden = any_host, Command(lab, any_host, tmp_path)
    host.write("/etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n")
    before, said, running = host.hash(), effective(host), process(host)
    book = harden.playbook({"sshd": {"options": BASELINE, "host_keys": "strong", "moduli": 3072}})
    seen = harden("apply", str(book), "--dry-run")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "+PasswordAuthentication no" in seen.stdout
    assert harden.difference(before) == ""
    done = harden("apply", str(book))
    assert done.returncode == 0, done.stdout + done.stderr
    now = effective(host)
    assert now["passwordauthentication"] == "no"
    assert now["logingracetime"] == "60"
    assert now["kexalgorithms"] == "curve25519-sha256,diffie-hellman-group16-sha512"
    assert "chacha20" not in now["ciphers"] and "aes256-ctr" in now["ciphers"]
    assert "ecdsa" not in host.sh("/usr/sbin/sshd -T | grep '^hostkey '")
    sizes = host.sh("awk '!/^#/ { print $5 }' /etc/ssh/moduli | sort -n | uniq").split()
    assert sizes and int(sizes[0]) >= 3071
    assert process(host) == running, "sshd was restarted, not reloaded"
    refused = host.sh(
        "ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        " -o Ciphers=chacha20-poly1305@openssh.com root@127.0.0.1 2>&1 || true"
    )
    assert "no matching cipher" in refused, "the sshd that runs has not read it"
    again = harden("apply", str(book))
    assert again.returncode == 0 and "changed " not in again.stdout, again.stdout
    assert harden("rollback").returncode == 0
    assert (harden.difference(before), effective(host)) == ("", said)
    assert process(host) == running


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a keyword that it does not know": (
        {"options": {"PerSourcePenalties": "no"}},
        "OpenSSH_9.2) does not know PerSourcePenalties",
    ),
    "a value": ({"options": {"MaxAuthTries": "many"}}, "sshd refuses its new configuration"),
    "not in a Match block": (
        {"match": [{"criteria": "User x", "options": {"MaxStartups": 5}}]},
        "not allowed within a Match block",
    ),
    "a second subsystem": ({"options": {"Subsystem": "sftp internal-sftp"}}, "already defined"),
    "an algorithm": ({"options": {"Ciphers": ["rot13"]}}, "rot13"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_sshd_has_its_opinion_before_anything_is_live(inside: Inside, case: str) -> None:
    params, says = REFUSED[case]
    before = inside.host.sh("sha256sum /etc/ssh/* /etc/ssh/sshd_config.d/* 2>/dev/null || true")
    assert inside.play(step("sshd", **params)) == "refused"
    assert says in inside.errors()
    assert "/etc/ssh/sshd_config" in inside.errors() and "staging" not in inside.errors()
    now = inside.host.sh("sha256sum /etc/ssh/* /etc/ssh/sshd_config.d/* 2>/dev/null || true")
    assert now == before


def test_its_command_line_counts_first(inside: Inside) -> None:
    """No file shows it: only sshd itself, started with the words of its unit, tells."""
    inside.host.write("/etc/default/ssh", "SSHD_OPTS='-o X11Forwarding=yes'\n")
    assert inside.play(step("sshd", options={"X11Forwarding": False})) == "refused"
    assert "sshd would use another X11Forwarding: yes" in inside.errors()
    inside.host.write("/etc/default/ssh", "SSHD_OPTS=\n")
    own = "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -oPrintMotd=yes\n"
    inside.host.write("/etc/systemd/system/ssh.service.d/own.conf", own)
    assert inside.play(step("sshd", options={"PrintMotd": False})) == "refused"
    assert "sshd would use another PrintMotd: yes" in inside.errors()
    assert inside.play(step("sshd", options={"X11Forwarding": False})) == "changed", inside.errors()


def test_the_main_file_before_a_match_block(inside: Inside) -> None:
    main = "/etc/ssh/sshd_config"
    inside.host.write(main, inside.host.read(main) + "Match User nobody\n  X11Forwarding yes\n")
    before = inside.host.read(main)
    call = step("sshd", **MAIN, options={"X11Forwarding": False, "MaxSessions": 3})
    assert inside.play(call) == "changed", inside.errors()
    spec = "/usr/sbin/sshd -T -C user=%s,host=h,addr=10.0.0.1 | grep -i '^x11forw\\|^maxsess'"
    assert inside.host.sh(spec % "root").split("\n")[:2] == ["maxsessions 3", "x11forwarding no"]
    assert "x11forwarding yes" in inside.host.sh(spec % "nobody")
    assert inside.play(call) == "ok"
    assert inside.rollback() == "rolled back", inside.events
    assert inside.host.read(main) == before


def test_an_edit_since_stays(inside: Inside) -> None:
    """Somebody's later line in the drop-in survives, ours goes, and sshd reads what is left."""
    assert (
        inside.play(step("sshd", options={"X11Forwarding": False, "MaxSessions": 3})) == "changed"
    )
    inside.host.write(DROP_IN, inside.host.read(DROP_IN) + "PrintLastLog no\n")
    inside.play(step("sshd", options={"MaxSessions": 4}))
    assert inside.rollback() == "rolled back", inside.events
    assert inside.host.read(DROP_IN) == "X11Forwarding no\nMaxSessions 3\nPrintLastLog no\n"


def test_several_steps_rest_together(inside: Inside) -> None:
    """Each has sshd read its files; none takes the other's for something new."""
    calls = [
        step("sshd", 1, name="10-a", options={"X11Forwarding": False}),
        step("sshd", 2, name="20-b", options={"MaxSessions": 3}),
        step("sshd", 3, **MAIN, options={"PrintMotd": True}),
    ]
    assert inside.play(*calls) == "changed", inside.errors()
    assert inside.play(*calls) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.events


def test_where_systemd_listens_a_port_has_no_say(make_host: Callable[..., Host]) -> None:
    inside = Inside(make_host())
    inside.host.sh("systemctl disable --now ssh.service; systemctl enable --now ssh.socket")
    assert inside.play(step("sshd", options={"Port": 2222})) == "refused"
    assert "ssh.socket listens for sshd" in inside.errors()


SHUT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "root": ({"PermitRootLogin": False}, "`PermitRootLogin no`"),
    "users": ({"AllowUsers": ["nobody"]}, "write `AllowUsers nobody root`"),
    "port": ({"Port": 2222}, "`confirm_via: {port: 2222}`"),
    "crypto": ({"Ciphers": ["chacha20-poly1305@openssh.com"]}, "none of the Ciphers"),
    "keys": ({"PubkeyAuthentication": False}, "`PubkeyAuthentication no`"),
}


def test_what_would_shut_you_out_is_refused(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    before = host.hash()
    for options, says in SHUT_OUT.values():
        done = harden("apply", str(harden.playbook({"sshd": {"options": options}})))
        assert done.returncode == 1 and "this would lock you out" in done.stdout, done.stdout
        assert says in done.stdout
    assert harden.difference(before) == ""


def test_and_what_is_meant_all_the_same_undoes_itself(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    before = host.hash()
    book = harden.playbook({"sshd": {"options": {"AllowUsers": ["nobody"]}}})
    done = harden("apply", str(book), "--no-look-ahead", "--confirm-within", "5")
    assert done.returncode == 3, done.stdout + done.stderr
    assert not host.exists(DROP_IN)
    assert host.ssh("true").returncode == 0, "the sshd that runs still shuts out"
    assert harden.difference(before) == ""


def test_a_host_that_has_moved_since_the_preview_is_still_asked(inside: Inside) -> None:
    """The file is tried where the apply writes it, not in the preview alone."""
    moved = (
        "from hardener.host.run.apply import Apply; old, seen = Apply.settle, []\n"
        "def settle(self, *given, **more):\n"
        "    if not seen:\n"
        "        open('/etc/ssh/sshd_config', 'a').write('Subsystem x /bin/true\\n')\n"
        "    seen.append(given)\n"
        "    return old(self, *given, **more)\n"
        "Apply.settle = settle\n"
    )
    call = step("sshd", options={"Subsystem": "x /bin/false"})
    assert inside.play(call, before=moved) == "rolled back"
    assert "already defined" in inside.errors()
    made = [e for e in inside.events if e["event"] == "step" and e["stage"] == "apply"]
    assert made and not [e for e in made if e["changes"]]
    assert not inside.host.exists(DROP_IN)
