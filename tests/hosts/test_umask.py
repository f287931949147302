"""umask on booted hosts: what real logins mask, by ssh, sudo, su, cron and the user's systemd, and after a rollback."""

from pathlib import Path
from typing import Any

from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab

SHELLS = {
    "by ssh": "umask",
    "login shell": "bash -lc umask",
    "interactive shell": "bash -ic umask 2>/dev/null",
    "a file": "new=$(mktemp -u) && touch $new && stat -c %a $new; rm $new",
    "systemd of the user": "awk '/^Umask/ { print $2 }' /proc/$(pgrep -x -u ops systemd)/status",
}


def masks(lab: Lab, host: Host) -> dict[str, str]:
    host.sh("systemctl stop user@1000")  # one that is left of an earlier session
    found = {
        name: str(host.ssh(words, user="ops").stdout).strip() for name, words in SHELLS.items()
    }
    by_sudo = host.ssh("sudo -S sh -c umask", user="ops", input=lab.password + "\n").stdout
    return found | {
        "by sudo": str(by_sudo).strip(),
        "root by ssh": str(host.ssh("umask").stdout).strip(),
        "by su": host.sh("su ops -c umask").strip(),
        "by su -": host.sh("su - ops -c umask").strip(),
    }


def test_there_and_back(lab: Lab, any_host: Any, tmp_path: Path) -> None:
    host = any_host
    harden = Command(lab, host, tmp_path, user="ops")
    before, was = host.hash(), masks(lab, host)
    assert was["a file"] in ("644", "664"), was
    playbook = str(harden.playbook({"umask": {"umask": "027"}}))
    done = harden("apply", playbook)
    assert done.returncode == 0, done.stdout + done.stderr
    now = masks(lab, host)
    assert now.pop("a file") == "640"
    assert set(now.values()) == {"0027"}, now
    assert harden("apply", playbook, "--detailed-exitcode").returncode == 0
    assert harden("rollback").returncode == 0
    assert masks(lab, host) == was
    assert harden.difference(before) == ""
