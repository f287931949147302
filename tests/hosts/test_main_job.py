"""The main job: playbooks/droplet.yml over SSH on real Debian droplets, and back without a trace."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from lab.droplet import CONFIG, DATABASE, lay_booting, supervisorctl, wait_for_programs
from lab.host import Host
from lab.session import Lab, kernel_turn
from lab.treehash import DROPLET_VOLATILE, difference, listing

ROOT = Path(__file__).resolve().parents[2]
HARDEN = str(Path(sys.executable).with_name("harden"))
DROPLET = str(ROOT / "playbooks" / "droplet.yml")
SWAP = '{"swap_size": "64M"}'
# sudo leaves a note for its first use in the home folder (sudo's own --enable-admin-flag).
LEFT_OUT = (*DROPLET_VOLATILE, r"/home/ops/\.sudo_as_admin_successful")
OUR_STATE = r"/var/lib/hardener"
PACKAGES = ("htop", "iotop", "nethogs")


class Controller:
    """`harden` as somebody runs it in the controller's network, with state of its own."""

    def __init__(self, lab: Lab, folder: Path, hosts: Sequence[tuple[Host, str]]) -> None:
        self.lab, self.folder, self.hosts = lab, folder, hosts
        self.inventory = folder / "hosts.yml"
        lines = [f"    {h.name}: {{address: {h.address}, user: {u}}}" for h, u in hosts]
        self.inventory.write_text("all:\n  hosts:\n" + "\n".join(lines) + "\n")

    def __call__(self, *words: str, reach: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command; `reach` adds the inventory. The sudo password comes by standard input."""
        way = ("--ssh-config", str(self.lab.ssh_config), "-K")
        options = ("-i", str(self.inventory), *way) if reach else ("-K",)
        env = {"XDG_STATE_HOME": str(self.folder / "state"), "HOME": str(self.lab.home)}
        return self.lab.controller(
            [HARDEN, words[0], *words[1:], *options],
            env=env, input=self.lab.password + "\n", timeout=300, check=False,
        )  # fmt: skip

    def events(self, *words: str) -> list[dict[str, Any]]:
        """Run with --format jsonl and return the events."""
        done = self(*words, "--format", "jsonl")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def changes(events: list[dict[str, Any]], stage: str) -> dict[str, list[dict[str, Any]]]:
    """All changes of a stage, by host, in order.

    Without vm.*: test hosts share one kernel, so the host that comes second finds it set.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        if event["event"] == "step" and event["stage"] == stage:
            own = [c for c in event["changes"] if not c["resource"].startswith("sysctl:vm.")]
            found.setdefault(event["host"], []).extend(own)
    return found


def statuses(events: list[dict[str, Any]]) -> dict[str, str]:
    return dict(events[-1]["hosts"])


@pytest.fixture(scope="module")
def droplets(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """A Debian 12 droplet reached as root and a Debian 13 one as a user whose sudo asks."""
    with kernel_turn():
        made = [
            lab.host(name, suite, disk="image", swap=True, prepare=lay_booting, packages=PACKAGES)
            for name, suite in (("web12", "bookworm"), ("web13", "trixie"))
        ]
        for host in made:
            wait_for_programs(host)
        users = list(zip(made, ("root", "ops"), strict=True))
        yield Controller(lab, tmp_path_factory.mktemp("controller"), users)
        for host in made:
            host.destroy()


class Visitor:
    """Somebody who looks at a droplet's page ten times a second, from the droplet itself."""

    SCRIPT = """
import os, time, urllib.request
while not os.path.exists("/run/visitor-stops"):
    try:
        page = urllib.request.urlopen("http://localhost:3000/", timeout=5).read()
        print("ok" if b"REC.IO" in page else "wrong", flush=True)
    except OSError as error:
        print("failed", error, flush=True)
    time.sleep(0.1)
"""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._process = host.popen(["python3", "-c", self.SCRIPT], stdout=subprocess.PIPE)

    def visits(self) -> list[str]:
        """Stop, and return what each visit gave."""
        self._host.write("/run/visitor-stops", "")
        out, _ = self._process.communicate(timeout=30)
        return [line for line in out.splitlines() if line]


def test_the_droplet_plan(droplets: Controller) -> None:
    """Preview, apply, second run, rollback: each on both hosts at once, each held against the host."""
    hosts = [host for host, _ in droplets.hosts]
    before = {host.name: host.hash(leave_out=LEFT_OUT) for host in hosts}
    visitors = [Visitor(host) for host in hosts]

    preview = droplets.events("apply", DROPLET, "-e", SWAP, "--dry-run")
    assert statuses(preview) == {"web12": "pending", "web13": "pending"}
    for host in hosts:
        assert difference(before[host.name], host.hash(leave_out=LEFT_OUT)) == ""

    applied = droplets.events("apply", DROPLET, "-e", SWAP, "--yes")
    assert statuses(applied) == {"web12": "changed", "web13": "changed"}
    assert changes(applied, "apply") == changes(preview, "preview")
    assert not [event for event in applied if event["event"] == "diverged"]
    for host in hosts:
        assert_hardened(host)

    after = {host.name: host.hash(leave_out=LEFT_OUT) for host in hosts}
    again = droplets.events("apply", DROPLET, "-e", SWAP, "--yes")
    assert statuses(again) == {"web12": "ok", "web13": "ok"}
    assert changes(again, "preview") == {"web12": [], "web13": []}
    for host in hosts:
        assert difference(after[host.name], host.hash(leave_out=LEFT_OUT)) == ""

    back = droplets("rollback", reach=False)
    assert back.returncode == 0, back.stdout + back.stderr
    for host, visitor in zip(hosts, visitors, strict=True):
        assert_as_before(host)
        assert difference(before[host.name], host.hash(leave_out=LEFT_OUT)) == ""
        visits = visitor.visits()
        assert len(visits) > 20
        assert set(visits) == {"ok"}, [visit for visit in visits if visit != "ok"]


def assert_hardened(host: Host) -> None:
    assert "/swapfile" in host.read("/proc/swaps")
    assert host.run(["logrotate", "-d", "/etc/logrotate.conf"]).returncode == 0
    assert "RUNNING" in supervisorctl(host, "status")
    assert host.read(CONFIG).count("killasgroup=true") >= 11
    plan = host.run(
        ["sqlite3", DATABASE, "EXPLAIN QUERY PLAN SELECT * FROM trades WHERE symbol='x'"]
    )
    assert "idx_trades_symbol" in plan.stdout
    assert orphans(host) == []


def assert_as_before(host: Host) -> None:
    assert "/swapfile" not in host.read("/proc/swaps")
    assert not host.exists("/swapfile")
    assert "FATAL" not in supervisorctl(host, "status")
    assert orphans(host) == []


def orphans(host: Host) -> list[str]:
    """Children of the droplet's programs that outlived them: their parent is init."""
    lines = host.run(["ps", "-eo", "ppid=,args="]).stdout.splitlines()
    pairs = [line.split(None, 1) for line in lines]
    return [
        args for ppid, args in pairs if ppid == "1" and ("worker.py" in args or "scripts/" in args)
    ]


# What follows needs no swap, so an ordinary droplet does.


@pytest.fixture
def one(lab: Lab, any_droplet: Host, tmp_path: Path) -> Controller:
    return Controller(lab, tmp_path, [(any_droplet, "ops")])


def play(folder: Path, text: str) -> str:
    path = folder / "play.yml"
    path.write_text(text)
    return str(path)


FAILS = """
- name: A change that breaks the page
  hosts: all
  become: true
  steps:
    - name: motd
      file: {path: /etc/motd, content: "hardened\\n"}
    - name: another page
      line: {path: /home/trader/trading-system/frontend/index.html, regexp: REC.IO, line: "<p>was REC.IO once</p>"}
  verify:
    - name: the page says who it is
      http: {url: "http://localhost:3000/nowhere", status: 200}
      retries: 1
      delay: 1
"""


def test_a_failed_verify_rolls_back_by_itself(one: Controller) -> None:
    ((host, _),) = one.hosts
    before = host.hash(leave_out=LEFT_OUT)
    done = one("apply", play(one.folder, FAILS), "--yes")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "verify: the page says who it is" in done.stdout
    assert "rolled back" in done.stdout
    assert difference(before, host.hash(leave_out=LEFT_OUT)) == ""


def test_an_edit_in_between_survives_the_rollback(one: Controller) -> None:
    ((host, _),) = one.hosts
    assert one("apply", DROPLET, "--skip-tags", "swap,monitoring", "--yes").returncode == 0
    text = host.read(CONFIG)
    host.write(CONFIG, text.replace("loglevel = info", "loglevel = debug"))
    done = one("rollback", "--no-become", reach=False)
    done = one("rollback", reach=False) if done.returncode else done
    assert done.returncode == 0, done.stdout + done.stderr
    assert "loglevel = debug" in host.read(CONFIG)
    assert "killasgroup=true" not in host.read(CONFIG).split("[program:main_app]")[1].split("[")[0]


def test_a_typo_reaches_no_host(one: Controller) -> None:
    ((host, _),) = one.hosts
    wrong = FAILS.replace("line: {path:", "lines: {path:").replace("content:", "contents:")
    done = one("apply", play(one.folder, wrong), "--yes")
    assert done.returncode == 64
    assert "did you mean `line`?" in done.stderr
    assert "did you mean `content`?" in done.stderr
    assert not host.exists("/var/lib/hardener")
    log = host.run(["journalctl", "-u", "ssh", "--no-pager"]).stdout
    assert "Accepted publickey for ops" not in log


def test_one_hosts_trouble_stops_no_other(lab: Lab, droplet_host: Host, tmp_path: Path) -> None:
    controller = Controller(lab, tmp_path, [(droplet_host, "root")])
    text = controller.inventory.read_text()
    controller.inventory.write_text(text + "    away: {address: 127.0.0.1, port: 1, user: root}\n")
    text = "- hosts: all\n  steps:\n    - file: {path: /etc/motd, content: x}\n"
    done = controller("apply", play(tmp_path, text), "--yes")
    assert done.returncode == 4, done.stdout + done.stderr
    assert droplet_host.read("/etc/motd") == "x"
    assert "unreachable" in done.stdout
    assert "away" in done.stdout
    assert "connection refused" in done.stdout


def test_a_wrong_sudo_password_says_so(lab: Lab, droplet_host: Host, tmp_path: Path) -> None:
    controller = Controller(lab, tmp_path, [(droplet_host, "ops")])
    lab_password, lab.password = lab.password, "not it"
    try:
        done = controller("apply", DROPLET, "--yes")
    finally:
        lab.password = lab_password
    assert done.returncode == 4
    assert "password" in done.stdout
    assert "wrong" in done.stdout
    assert not droplet_host.exists("/var/lib/hardener")


def swapping(file: Path) -> bool:
    """Is it swap in use? Nobody may write to one; /proc/swaps shows those of all hosts alike."""
    with file.open("r+b", buffering=0) as opened:
        first = os.pread(opened.fileno(), 1, 0)
        try:
            os.pwrite(opened.fileno(), first, 0)
        except OSError as error:
            return error.errno == errno.ETXTBSY
    return False


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_the_same_on_an_unbooted_tree(lab: Lab, make_host: Any, tmp_path: Path, suite: str) -> None:
    """With --root the stored halves are written, and rolled back to the byte; nothing is run live."""
    tree = make_host(
        suite=suite, disk="copy", prepare=lay_booting, packages=PACKAGES, boot=False
    ).root
    before = listing(tree, volatile=(OUR_STATE,))
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}

    def harden(*words: str) -> str:
        command = [HARDEN, *words, "--root", str(tree), "--format", "jsonl"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        return done.stdout

    def events(*words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in harden(*words).splitlines()]

    preview = events("apply", DROPLET, "-e", SWAP, "--dry-run")
    assert difference(before, listing(tree, volatile=(OUR_STATE,))) == ""
    applied = events("apply", DROPLET, "-e", SWAP, "--yes")
    assert changes(applied, "apply") == changes(preview, "preview")
    found = [c["resource"] for c in changes(applied, "apply")["localhost"]]
    assert "swapfile:/swapfile" in found
    assert not [name for name in found if name.startswith(("sysctl:", "supervisor_update:"))]
    assert statuses(events("apply", DROPLET, "-e", SWAP, "--yes")) == {"localhost": "ok"}
    assert not swapping(tree / "swapfile")
    harden("rollback")
    assert difference(before, listing(tree, volatile=(OUR_STATE,))) == ""
