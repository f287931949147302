"""The record of a run is damaged while its guard waits: it gives up loudly, and a person can still undo it."""

from collections.abc import Callable

from faults.lockout.command import UNIT, Command
from faults.lockout.steps import reload, sshd
from faults.lockout.test_meanwhile import NOTICE, before, harden, over
from lab.host import Host
from lab.treehash import Listing
from until import until

__all__ = ["before", "harden"]

CONF = "/etc/ssh/sshd_config.d/10-test.conf"
UNDO = "/var/lib/hardener/undo"


def state(host: Host) -> dict[str, str]:
    shown = host.sh("systemctl show hardener-guard -p ActiveState,NRestarts,ExecMainStatus")
    return dict(line.split("=", 1) for line in shown.split())


def test_the_guard_gives_up_and_leaves_the_way_out(
    harden: Command, host: Host, before: Listing, tally: Callable[..., None]
) -> None:
    book = harden.playbook(*sshd("MaxAuthTries 4"), handlers=reload("ssh"))
    done = harden("apply", str(book), "--confirm", "manual", "--confirm-within", "300")
    assert done.returncode == 2, done.stdout + done.stderr
    run = host.sh("ls /var/lib/hardener/runs").split()[-1]
    folder = f"/var/lib/hardener/runs/{run}"
    host.sh(f"""sed -i 's/"name": "Play"/"name": "Plan"/' {folder}/journal.jsonl""")
    until(lambda: state(host)["ActiveState"] == "failed")
    host.sh("sleep 5")  # as long as five starts would take
    assert state(host) == {"ActiveState": "failed", "NRestarts": "0", "ExecMainStatus": "65"}
    assert "NOT undone by itself" in host.read(NOTICE)
    assert "gives up" in host.sh("journalctl -u hardener-guard --no-pager")

    host.reboot()  # is not held up, and the same is said again
    until(lambda: state(host)["ActiveState"] == "failed")
    assert f"{UNDO} {run} KIND:ID" in host.read(NOTICE)
    shown = host.run([UNDO, "--show", run], check=False)
    assert f"file:{CONF}" in shown.stdout
    assert "tampered with" in shown.stderr
    whole = host.run([UNDO, run], check=False)
    assert whole.returncode == 1
    assert host.exists(CONF)
    one = host.run([UNDO, run, f"file:{CONF}"])
    assert "restored" in one.stdout
    assert not host.exists(CONF)

    host.sh(f"mv {folder} /root/")
    host.reboot()
    until(lambda: over(host))
    assert not host.exists(NOTICE)
    host.sh(f"rm -r /root/{run}; systemctl reload ssh")
    assert harden.difference(before) == ""
    assert not host.exists(UNIT)
    tally("guards whose journal was damaged", tried=1)
