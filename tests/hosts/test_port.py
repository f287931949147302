"""The step `port` on booted hosts: what holds a port open is found, switched off, and listens again."""

from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import Command
from inside import Inside
from lab.session import Lab
from sandbox import step
from until import until

PYTHON = "/usr/bin/python3 -m http.server --bind 127.0.0.1"
WEB = f"[Service]\nExecStart={PYTHON} 8001\n[Install]\nWantedBy=multi-user.target\n"
ECHO_SOCKET = "[Socket]\nListenDatagram=127.0.0.1:8002\n[Install]\nWantedBy=sockets.target\n"
ECHO = "[Service]\nExecStart=/bin/sleep 1000\n"
LEFT = "import os, socket, time; s = socket.create_server(('127.0.0.1', 8006), reuse_port=True); os.fork(); time.sleep(1000)"
LEAVES = f'[Service]\nExecStart=/usr/bin/python3 -c "{LEFT}"\nKillMode=process\n'
WRAPPED = f"[Service]\nExecStart=/bin/sh -c '{PYTHON} 8008; true'\n"
SIX = "[Service]\nExecStart=/usr/bin/python3 -m http.server --bind ::1 8009\n"
PROGRAM = f"[program:own]\ncommand={PYTHON} 8003\n"
UNITS = ("web.service", "echo.socket")


@pytest.fixture
def inside(host: Any) -> Inside:
    for name, text in (("web.service", WEB), ("echo.socket", ECHO_SOCKET), ("echo.service", ECHO)):
        host.write(f"/etc/systemd/system/{name}", text)
    host.sh(f"systemctl daemon-reload; systemctl enable -q --now {' '.join(UNITS)}")
    host.write("/etc/supervisor/conf.d/own.conf", PROGRAM)
    host.sh(f"systemctl restart supervisor; cd /; setsid {PYTHON} 8004 > /dev/null 2>&1 &")
    until(lambda: all(listens(host, f"tcp sport = :{number}") for number in (8001, 8003, 8004)))
    return Inside(host)


def listens(host: Any, which: str) -> bool:
    protocol, _, rest = which.partition(" ")
    return bool(host.sh(f"ss -Hln --{protocol} '{rest}'").strip())


def port(number: int, state: str = "closed", **more: Any) -> dict[str, Any]:
    return step("port", port=number, state=state, **more)


def test_closed_by_its_unit_or_its_socket_and_back(inside: Inside) -> None:
    host = inside.host
    wishes = [port(8001), {**port(8002, protocol="udp"), "number": 2}]
    before = host.hash()
    assert inside.play(*wishes, dry_run=True) == "pending", inside.errors()
    foretold = inside.changes("preview")
    assert [each.split()[1] for each in foretold] == ["service:web", "service:echo.socket"]
    assert inside.play(*wishes) == "changed", inside.errors()
    assert inside.changes("apply") == foretold
    assert not listens(host, "tcp sport = :8001")
    assert not listens(host, "udp sport = :8002")
    assert inside.play(*wishes) == "ok"
    assert inside.rollback("run-002") == "rolled back", inside.trouble()
    until(lambda: listens(host, "tcp sport = :8001"))
    assert listens(host, "udp sport = :8002")
    assert host.sh(f"systemctl is-enabled {' '.join(UNITS)}").split() == ["enabled"] * 2
    assert host.hash() == before


def test_what_no_unit_holds_is_told_and_left(inside: Inside) -> None:
    for number in (8003, 8004):
        assert inside.play(port(number)) == "refused"
        said = inside.errors()
        assert f"tcp port {number} is held open by no unit of systemd" in said
        assert "127.0.0.1 (python3, process " in said
        assert listens(inside.host, f"tcp sport = :{number}")


def test_what_could_not_be_undone_or_stays_is_an_error(inside: Inside) -> None:
    """One that systemd-run has started, one that leaves a process behind, one within a shell of its unit."""
    host = inside.host
    host.write("/etc/systemd/system/leaves.service", LEAVES)
    host.write("/etc/systemd/system/wrapped.service", WRAPPED)
    host.sh("systemctl daemon-reload; systemctl start leaves wrapped")
    host.sh(f"systemd-run -q --unit=by-hand {PYTHON} 8007")
    until(lambda: all(listens(host, f"tcp sport = :{each}") for each in (8006, 8007, 8008)))
    for number, status, why in (
        (8006, "rolled back", "listens on tcp port 8006 although its unit is off"),
        (8007, "refused", "by-hand has no file, so that no rollback could start it again"),
        (8008, "refused", "or wrapped.service, with all that it has started"),
    ):
        assert inside.play(port(number)) == status
        assert why in inside.errors()
        assert listens(host, f"tcp sport = :{number}")


def test_an_address_of_ipv6_however_it_is_written(inside: Inside) -> None:
    host = inside.host
    host.write("/etc/systemd/system/six.service", SIX)
    host.sh("systemctl daemon-reload; systemctl start six")
    until(lambda: listens(host, "tcp sport = :8009"))
    assert inside.play(port(8009, "open", address="::1")) == "ok", inside.errors()
    assert inside.play(port(8009, "open", address="127.0.0.1")) == "refused"
    assert inside.play(port(8009, address="0:0:0:0:0:0:0:1")) == "changed", inside.errors()
    assert not listens(host, "tcp sport = :8009")


def test_open_or_an_error_that_says_who(inside: Inside) -> None:
    assert inside.play(port(8001, "open", name="python3", address="127.0.0.1")) == "ok"
    assert inside.play(port(8005, "open")) == "refused"
    assert "nobody listens on tcp port 8005" in inside.errors()
    assert inside.play(port(8001, "open", name="nginx")) == "refused"
    assert "nginx should" in inside.errors()
    assert inside.play(port(8001, "open", address="10.9.9.9")) == "refused"
    assert inside.play(port(8001, address="10.9.9.9")) == "ok"
    assert listens(inside.host, "tcp sport = :8001")


def test_earlier_steps_are_counted_in(inside: Inside) -> None:
    """One that stops a unit starts nothing; of the rest only the apply will tell."""
    off = step("service", name="web", running=False, enabled=False)
    on = step("service", name="echo", running=True)
    anew = step("service", name="web", state="restarted")
    nice = step("process", pattern="http.server .* 8001", nice=5)
    for first, then, foretold in (
        (off, port(8001), "ok"),
        (off, port(8003), "unknown"),
        (off, port(8001, "open"), "unknown"),
        (on, port(8001), "unknown"),
        (anew, nice, "unknown"),
    ):
        inside.play(first, {**then, "number": 2}, dry_run=True)
        statuses = [each["status"] for each in inside.events if each["event"] == "step"]
        assert statuses == ["changed", foretold], inside.errors()


def test_the_port_that_the_run_came_in_by(lab: Lab, inside: Inside, tmp_path: Path) -> None:
    """Neither closed, nor is its sshd ended."""
    play = tmp_path / "play.yml"
    for wish, why in (
        ("port: {port: 22, state: closed}", "22 is the port by which this run came in"),
        ("process: {name: sshd, state: absent, irreversible: true}", "sshd, can't be ended"),
    ):
        play.write_text(f"- hosts: all\n  become: true\n  steps:\n    - {wish}\n")
        done = Command(lab, inside.host, tmp_path)("apply", str(play))
        assert done.returncode != 0
        assert why in done.stdout + done.stderr
        assert listens(inside.host, "tcp sport = :22")


def test_of_the_run_itself_nothing_is_meant(lab: Lab, inside: Inside, tmp_path: Path) -> None:
    """Neither the sudo that it came by, in each run another, nor the guard that would undo it."""
    harden, host = Command(lab, inside.host, tmp_path, user="ops"), inside.host
    nice = {"process": {"pattern": "sudo .*-H", "nice": 5, "required": False}}
    again = harden("apply", str(harden.playbook(nice)), "--dry-run", "--detailed-exitcode")
    assert again.returncode == 0, again.stdout + again.stderr
    risky = {"file": {"path": "/etc/ssh/sshd_config.d/50-x.conf", "content": "MaxAuthTries 5\n"}}
    ends = {"process": {"pattern": "guard.watch", "state": "absent", "irreversible": True}}
    play = str(harden.playbook(risky, ends))
    done = harden("apply", play, "--confirm", "manual", "--confirm-within", "300")
    assert "diverged" not in done.stdout + done.stderr
    assert host.sh("systemctl is-active hardener-guard") == "active\n"
    assert harden("confirm").returncode == 0
