"""What else may happen while a run is armed or waits: each ends with the host as it was, or confirmed.

Proves F1, F3, F4, F5, F6, F11, F13, F31 and F41 (docs/SAFETY.md).
"""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.lockout.command import LEFT_OUT, UNIT, Command
from faults.lockout.steps import command, file, reload, sshd
from lab.host import Host
from lab.session import Lab
from lab.treehash import Listing
from until import until

NOTICE = "/run/motd.d/90-hardener"
SHUT = sshd("AllowUsers nobody")
FINE = sshd("MaxAuthTries 4")
SLOW = [*FINE, command("touch /run/slow; sleep 60", undo="true")]


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    made = Command(lab, host, tmp_path)
    assert made("facts").returncode == 0
    return made


@pytest.fixture
def before(harden: Command, host: Host) -> Listing:
    return host.hash(leave_out=LEFT_OUT)


def over(host: Host) -> bool:
    return not host.exists(UNIT)


def waiting(harden: Command) -> str:
    """Apply, leave the word to us, and return the run that waits."""
    book = harden.playbook(*FINE, handlers=reload("ssh"))
    done = harden("apply", str(book), "--confirm", "manual", "--confirm-within", "300")
    assert done.returncode == 2, done.stdout + done.stderr
    found = re.search(r"harden confirm ([0-9a-f-]+)", done.stdout)
    assert found
    return found[1]


def test_controller_killed_while_it_applies(
    harden: Command, host: Host, before: Listing, tally: Callable[..., None]
) -> None:
    book = harden.playbook(*SLOW, handlers=reload("ssh"))
    with harden.popen("apply", str(book)) as process:
        until(lambda: host.exists("/run/slow"))
        process.kill()
    until(lambda: over(host), 120)
    assert harden.difference(before) == ""
    tally("troubles while a run was armed", tried=1)


def test_session_killed_at_logout(
    harden: Command, host: Host, before: Listing, tally: Callable[..., None]
) -> None:
    """All processes of the login die at once, as KillUserProcesses has it (logind.conf(5))."""
    book = harden.playbook(*SLOW, handlers=reload("ssh"))
    with harden.popen("apply", str(book)) as process:
        until(lambda: host.exists("/run/slow"))
        host.sh("loginctl kill-user --signal=KILL root")
        process.communicate(timeout=60)
    until(lambda: over(host), 60)
    assert harden.difference(before) == ""
    tally("troubles while a run was armed", tried=1)


def test_laptop_asleep(
    harden: Command, host: Host, before: Listing, tally: Callable[..., None]
) -> None:
    """It wakes up after the deadline: too late to confirm, and it says so."""
    book = harden.playbook(*SLOW[:1], handlers=reload("ssh"))
    with harden.popen("apply", str(book), "--confirm-within", "5") as process:
        until(lambda: host.exists(UNIT))
        os.kill(process.pid, signal.SIGSTOP)
        until(lambda: over(host), 60)
        os.kill(process.pid, signal.SIGCONT)
        out, err = process.communicate(timeout=60)
    assert process.returncode != 0, out + err
    assert harden.difference(before) == ""
    tally("troubles while a run was armed", tried=1)


@pytest.mark.parametrize("how", ["reboot", "power cut"])
def test_reboot_inside_the_window(
    how: str, harden: Command, host: Host, before: Listing, tally: Callable[..., None]
) -> None:
    """Whatever time is left; and sshd starts with its old configuration."""
    book = harden.playbook(*SHUT, handlers=reload("ssh"))
    done = harden(
        "apply", str(book), "--confirm", "manual", "--confirm-within", "3600", "--no-look-ahead"
    )
    assert done.returncode == 2, done.stdout + done.stderr
    host.reboot() if how == "reboot" else host.power_cycle()
    assert host.ssh("true").returncode == 0
    until(lambda: over(host), 60)
    assert harden.difference(before) == ""
    tally("troubles while a run was armed", tried=1)


def test_guard_killed(
    harden: Command, host: Host, before: Listing, tally: Callable[..., None]
) -> None:
    """systemd starts it again, and it knows from the journal what it was about."""
    book = harden.playbook(*SHUT, handlers=reload("ssh"))
    words = ("--confirm-within", "8", "--no-look-ahead")
    with harden.popen("apply", str(book), *words) as process:
        until(lambda: host.exists(NOTICE))  # said when the guard is armed
        for _ in range(3):
            host.run(["systemctl", "kill", "-s", "KILL", "hardener-guard"], check=False)
            time.sleep(1)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 3, out + err
    assert harden.difference(before) == ""
    tally("troubles while a run was armed", tried=1)


def test_a_risk_that_no_preview_could_foresee(
    harden: Command, host: Host, before: Listing, tally: Callable[..., None]
) -> None:
    """What is written only shows when an earlier step has run: the guard is armed then."""
    asked = command("echo nobody", undo="true")
    book = harden.playbook(
        {**asked, "register": "who"}, *sshd("AllowUsers {{ who.stdout }}"), handlers=reload("ssh")
    )
    done = harden("apply", str(book), "--confirm-within", "8")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "no new login came through" in done.stdout
    assert harden.difference(before) == ""
    tally("troubles while a run was armed", tried=1)


def test_unconfirmed_refuses_others_and_names_itself(harden: Command, host: Host) -> None:
    run = waiting(harden)
    other = harden.playbook(file("/etc/other", "x\n"))
    done = harden("apply", str(other))
    assert done.returncode == 1
    assert f"run {run} waits for its confirmation" in done.stdout
    assert f"harden confirm {run}" in done.stdout
    assert not host.exists("/etc/other")
    assert harden("history").stdout.startswith("unconfirmed ")
    asked = harden("status", run)
    assert asked.returncode == 2
    assert re.search(r"undone in \d+ s unless `harden confirm", asked.stdout)
    harden("confirm", run)
    assert harden("status", run).returncode == 0
    assert harden("apply", str(other)).returncode == 0


def test_confirmed_by_hand_once_and_only_in_time(
    harden: Command, host: Host, before: Listing
) -> None:
    run = waiting(harden)
    assert run in host.read(NOTICE)
    assert harden("confirm", run, "--extend", "600").returncode == 0
    assert harden("confirm", run).returncode == 0
    assert over(host)
    again = harden("confirm", run)
    assert again.returncode == 1
    assert "waits for no confirmation" in again.stdout
    assert harden("rollback", run).returncode == 0
    assert harden.difference(before) == ""


def test_rolled_back_instead_of_confirmed(harden: Command, host: Host, before: Listing) -> None:
    waiting(harden)
    assert harden("rollback").returncode == 0
    assert over(host)
    time.sleep(2)
    assert host.run(["systemctl", "is-active", "hardener-guard"], check=False).returncode != 0
    assert harden.difference(before) == ""


def test_undone_at_the_console(harden: Command, host: Host, before: Listing) -> None:
    """Without network and controller."""
    run = waiting(harden)
    host.unplug()
    listed = host.run(["/var/lib/hardener/undo", "--list"]).stdout
    assert f"{run}  unconfirmed" in listed
    done = host.run(["/var/lib/hardener/undo"])
    assert "rolled back" in done.stdout
    host.plug()
    assert over(host)
    assert harden.difference(before) == ""


def test_a_failed_play_disarms(harden: Command, host: Host, before: Listing) -> None:
    unwell = [{"command": {"cmd": "false"}}]
    book = harden.playbook(*FINE, handlers=reload("ssh"), verify=unwell)
    done = harden("apply", str(book))
    assert done.returncode == 3, done.stdout
    assert over(host)
    assert harden.difference(before) == ""


def test_who_can_not_arm_is_refused(harden: Command, host: Host, before: Listing) -> None:
    host.sh("mount -t tmpfs none /etc/systemd/system && mount -o remount,ro /etc/systemd/system")
    book = harden.playbook(*FINE, handlers=reload("ssh"))
    done = harden("apply", str(book))
    assert done.returncode == 1, done.stdout
    assert "sysinit.target.wants: the file system is read-only" in done.stdout, done.stdout
    host.sh("umount /etc/systemd/system")
    assert harden.difference(before) == ""


def test_on_purpose_by_another_port(harden: Command, host: Host, before: Listing) -> None:
    """A port change can be confirmed by the new way in, and only by it."""
    book = harden.playbook(
        *sshd("Port 2222"), handlers=reload("ssh", "restarted"), confirm_via={"port": 2222}
    )
    done = harden("apply", str(book), "--confirm-within", "30")
    assert done.returncode == 0, done.stdout + done.stderr
    harden.reach(port=2222)
    assert harden("apply", str(book)).returncode == 0
    assert harden("rollback").returncode == 0
    harden.reach(port=22)
    assert harden("facts").returncode == 0
    assert harden.difference(before) == ""


@pytest.mark.parametrize("on_purpose", [True, False])
def test_socket_activation(
    on_purpose: bool, harden: Command, host: Host, lab: Lab, tally: Callable[..., None]
) -> None:
    """Where ssh.socket listens, the port is the socket's (D10)."""
    host.sh("systemctl disable --now ssh.service; systemctl enable --now ssh.socket")
    until(lambda: harden("facts").returncode == 0)
    before = host.hash(leave_out=LEFT_OUT)
    conf = "[Socket]\nListenStream=\nListenStream=2222\n"
    folder = {"file": {"path": "/etc/systemd/system/ssh.socket.d", "state": "directory"}}
    steps = [folder, {**file("/etc/systemd/system/ssh.socket.d/port.conf", conf), "notify": "port"}]
    # A socket does not listen anew beside the service that it has started (systemd.socket(5)).
    anew = "systemctl daemon-reload && systemctl stop ssh.service && systemctl restart ssh.socket"
    handlers = [{"name": "port", **command(anew)}]
    via = {"confirm_via": {"port": 2222}} if on_purpose else {}
    if not on_purpose:
        # What a stop of the service would do is not foreseen; a restart of the socket is.
        plain = [
            {"name": "port", **command("systemctl daemon-reload; systemctl restart ssh.socket")}
        ]
        refused = harden("apply", str(harden.playbook(*steps, handlers=plain)))
        assert refused.returncode == 1
        assert "`confirm_via: {port: 2222}`" in refused.stdout, refused.stdout
        assert harden.difference(before) == ""
    book = harden.playbook(*steps, handlers=handlers, **via)
    done = harden("apply", str(book), "--confirm-within", "8")
    assert done.returncode == (0 if on_purpose else 3), done.stdout + done.stderr
    if on_purpose:
        harden.reach(port=2222)
        assert harden("rollback").returncode == 0
        harden.reach(port=22)
    assert harden("facts").returncode == 0
    assert harden.difference(before) == ""
