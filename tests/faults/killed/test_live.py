"""Killed while what runs is changed: a process, a port, a unit, kernel parameters, mounts, supervisord's programs, a package.

On a booted droplet, by its own systemd, kernel, supervisord and dpkg. The engine dies, and what it has
started goes on or not, as it likes; the guard that undoes all dies, and systemd starts it again. Then
not only the disk is as before, but all that runs on it. Proves F3, F14, F19, F24 (docs/SAFETY.md).
"""

from pathlib import Path
from typing import Any

import needs
import pytest
from faults.killed.booted import SLOW, Booted
from faults.killed.calls import Call
from faults.killed.test_everywhere import proved
from faults.lockout.command import Command
from faults.lockout.steps import file
from lab.droplet import CONFIG
from lab.host import Host
from lab.session import Lab
from lab.treehash import DROPLET_VOLATILE
from repository import REPOSITORY, build

FEW = 2  # points of the shortened set
UNIT = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n"
VALUES = {"net.ipv4.conf.all.log_martians": 1, "net.ipv4.tcp_rmem": "4096 131072 4000000"}
SOCKET = "[Socket]\nListenDatagram=127.0.0.1:8002\n[Install]\nWantedBy=sockets.target\n"
STEPS: list[dict[str, Any]] = [
    {"process": {"name": "cron", "nice": 3, "oom_score_adj": 100}},
    {"port": {"port": 8002, "protocol": "udp", "state": "closed"}},
    {"pidfile": "/srv/left.pid"},
    file("/etc/systemd/system/sleeper.service", UNIT),
    {"service": {"name": "sleeper", "enabled": True, "running": True}},
    {"sysctl": {"values": VALUES}},
    {
        "mount": {
            "path": "/srv/scratch",
            "src": "tmpfs",
            "fstype": "tmpfs",
            "opts": "size=1M,noexec",
        }
    },
    {"mount": {"path": "/dev/shm", "add_opts": ["nodev", "nosuid", "noexec"]}},
    {"supervisor": {"config": CONFIG, "programs": "main_app", "options": {"stopwaitsecs": 33}}},
    {"package": {"name": "extra"}},
]
LOOK = f"""set +e
cron=/proc/$(pidof cron); cut -d ' ' -f 19 $cron/stat; cat $cron/oom_score_adj
systemctl is-active echo.socket; ss -Hlun sport = :8002 | awk '{{print $4}}'
systemctl is-active sleeper; systemctl is-enabled sleeper; systemctl is-system-running
sysctl {" ".join(VALUES)}
awk '$5 ~ "^(/srv/scratch|/dev/shm)$" {{ print $5, $6, $NF }}' /proc/self/mountinfo
supervisorctl -c {CONFIG} status | awk '{{print $1, $2}}'
dpkg-query -W -f '${{Package}} ${{Version}} ${{db:Status-Abbrev}}\\n'; dpkg --audit; true
"""
#: What dpkg writes for itself: LOOK asks it what it says.
DPKG = (r"/var/lib/(dpkg|apt)/.*", r"/var/cache/.*", r"/etc/ld\.so\.cache")


@pytest.fixture
def live(lab: Lab, droplet_host: Host, tmp_path: Path) -> Booted:
    needs.program("strace")
    droplet_host.write("/etc/apt/sources.list", f"deb [trusted=yes] file:{REPOSITORY} ./\n")
    droplet_host.sh("rm -f /etc/apt/sources.list.d/*")
    build(droplet_host, "deb extra 1.0")
    droplet_host.write("/etc/systemd/system/echo.socket", SOCKET)
    droplet_host.write("/etc/systemd/system/echo.service", UNIT)
    droplet_host.write("/srv/left.pid", "4194304\n")
    droplet_host.sh("systemctl daemon-reload; systemctl enable -q --now echo.socket")
    droplet_host.sh("apt-get update")
    harden = Command(lab, droplet_host, tmp_path)
    return Booted(harden, tmp_path, lambda: droplet_host.sh(LOOK), DROPLET_VOLATILE + DPKG)


def test_apply(live: Booted, part: slice, tally: Any) -> None:
    def apply(options: list[str]) -> None:
        book = live.harden.playbook(*STEPS, preflight=[SLOW])
        live.under_way(options, "apply", str(book), "--confirm", "off")

    def die(number: int, call: Call) -> None:
        live.die(apply, call)
        live.ask_back()

    tally("kill points of a live apply", **proved(live.points(apply, FEW)[part], die))


def test_guard(live: Booted, part: slice, tally: Any) -> None:
    def undo(options: list[str]) -> None:
        live.undoing(options, "apply", str(live.harden.playbook(*STEPS)))

    def die(number: int, call: Call) -> None:
        live.die(undo, call)
        live.back()

    tally("kill points of the guard", **proved(live.points(undo, FEW)[part], die))
