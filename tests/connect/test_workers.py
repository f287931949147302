"""`harden apply --executor`: hosts reached through the workers of a real Dask cluster.

Whatever of it dies (a worker, all workers, the scheduler, the controller), hosts are taken up again
or as they were before.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from connect.dask_cluster import Cluster
from faults.wire.site import Site
from remaining import remaining
from tree import listing
from until import until

import hardener.workers
from hardener.connect import AskedOnce
from hardener.errors import ConnectError, ConnectionLost, HardenerError
from hardener.workers import WorkersConnector

NAMES = ("a", "b", "c", "d")
STEP = "    - file: {{path: '{{{{ here }}}}/new-{0}', content: new}}\n"
HEAD = "- name: play\n  hosts: all\n  gather_facts: false\n"
ELSEWHERE = """\
    - file: {path: "{{ here }}/once", content: new}
      run_once: true
    - file: {path: "{{ here }}/of-{{ inventory_hostname }}", content: new}
      delegate_to: d
"""
FOR_ALL = """\
    - command: {cmd: "sh -c 'sleep 1; echo one for all'", undo: 'true'}
      run_once: true
      register: one
    - file: {path: "{{ here }}/told", content: "{{ one.stdout }}"}
"""
TOGETHER = "strategy: linear"  # no host is through before the others have begun
TIMES = {"took", "connected"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture
def workers(cluster: Cluster) -> Iterator[Sequence[str]]:
    """Two of them, which end with the test."""
    names = ("one", "two")
    for name in names:
        cluster.worker(name)
    yield names
    for name in names:
        cluster.kill(name)


class Fleet(Site):
    """Four hosts, each an sshd with a state of its own; what they change lies in `place`/NAME."""

    def __init__(self, folder: Path, place: Path) -> None:
        super().__init__(folder)
        self.place = place
        self.way: tuple[str, ...] = ()

    def trees(self) -> dict[str, Any]:
        return {name: listing(self.place / name) for name in NAMES}

    def new(self, name: str) -> int:
        return len(list((self.place / name).glob("new-*")))

    def steps(self, count: int, *keys: str) -> None:
        lines = "".join(f"  {key}\n" for key in keys)
        text = HEAD + lines + "  steps:\n" + "".join(map(STEP.format, range(count)))
        (self.folder / "play.yml").write_text(text)


@pytest.fixture
def fleet(
    tmp_path: Path, place: Path, user: Any, sshd: Any, keys: Callable[..., Path]
) -> Iterator[Fleet]:
    fleet, known = Fleet(tmp_path / "site", place / "fleet"), tmp_path / "known"
    fleet.place.mkdir()
    config = tmp_path / "config"
    config.write_text(f"Host *\n  UserKnownHostsFile {known}\n")
    lines = []
    for name in NAMES:
        own, state = fleet.place / name, fleet.place / f"state-{name}"
        for folder in (own, state):
            folder.mkdir()
            shutil.chown(folder, user.name, user.name)
        server = sshd(f"SetEnv XDG_STATE_HOME={state}")
        lines.append(server.known())
        fleet.host(
            name, connection="paramiko", address="127.0.0.1", port=server.port, user=user.name,
            identity_file=str(keys("login")), here=str(own),
        )  # fmt: skip
    known.write_text("".join(lines))
    fleet.way = ("-i", "hosts.json", "--ssh-config", str(config))
    yield fleet
    shutil.rmtree(fleet.place)


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def told(text: str, host: str) -> list[dict[str, Any]]:
    """What was said of a host, without what differs from run to run."""
    varies = ("journal", "run", "at")
    return [
        {key: value for key, value in event.items() if key not in varies}
        for event in events(text)
        if event.get("host") == host and event["event"] not in TIMES
    ]


def test_the_same_is_told_and_done_as_from_here(
    fleet: Fleet, cluster: Cluster, workers: Any
) -> None:
    fleet.steps(3, "serial: 2")
    with (fleet.folder / "play.yml").open("a") as file:
        file.write(ELSEWHERE)
    before = fleet.trees()
    here = fleet.harden("apply", "play.yml", *fleet.way, "--format", "jsonl")
    assert here.returncode == 0, here.stderr
    after = fleet.trees()
    assert fleet.harden("rollback").returncode == 0
    assert fleet.trees() == before
    way = ("--executor", cluster.url, "--format", "jsonl")
    there = fleet.harden("apply", "play.yml", *fleet.way, *way)
    assert there.returncode == 0, there.stderr
    assert fleet.trees() == after
    for name in NAMES:
        assert told(there.stdout, name) == told(here.stdout, name)
    assert (
        fleet.harden("apply", "play.yml", *fleet.way, *way, "--detailed-exitcode").returncode == 0
    )
    back = fleet.harden("rollback", "--format", "jsonl")
    assert back.returncode == 0, back.stderr
    assert fleet.trees() == before


def begun(started: Any) -> list[str]:
    """Read until each host has changed something; return the lines."""
    lines, at_work = [], set()
    for line in started.stdout:
        lines.append(line)
        event = json.loads(line)
        if event.get("stage") == "apply" and event["number"] == 5:
            at_work.add(event["host"])
        if at_work == set(NAMES):
            break
    return lines


def test_hosts_of_a_worker_that_dies_are_taken_up(
    fleet: Fleet, cluster: Cluster, workers: Any
) -> None:
    """Each was put back by itself, and done again under the same run: nothing was done twice."""
    fleet.steps(150, TOGETHER)
    before = fleet.trees()
    started = fleet.start(
        "apply", "play.yml", *fleet.way, "--executor", cluster.url, "--format", "jsonl"
    )
    lines = begun(started)
    cluster.kill("one")
    rest, stderr = remaining(started)
    assert started.returncode == 0, stderr
    said = events("".join(lines) + rest)
    again = {e["host"] for e in said if e["event"] == "phase" and e["phase"] == "again"}
    assert again, "the other worker has had all hosts"
    assert again != set(NAMES), "this worker has had all hosts"
    ends = Counter(e["host"] for e in said if e["event"] == "done")
    assert ends == dict.fromkeys(NAMES, 1)
    for name in NAMES:
        assert fleet.new(name) == 150
    assert fleet.harden("rollback").returncode == 0
    assert fleet.trees() == before


def test_a_plan_is_carried_out_once_where_a_worker_dies(
    fleet: Fleet, cluster: Cluster, workers: Any
) -> None:
    fleet.steps(150, TOGETHER)
    way = (*fleet.way, "--executor", cluster.url)
    assert fleet.harden("plan", "play.yml", *way, "-o", "plan.json").returncode == 0
    started = fleet.start("apply", "plan.json", *way[2:], "--format", "jsonl")
    lines = begun(started)
    cluster.kill("one")
    rest, _ = remaining(started)
    said = "".join(lines) + rest
    assert started.returncode == 0, said[-3000:]
    assert '"phase": "again"' in said
    assert {name: fleet.new(name) for name in NAMES} == dict.fromkeys(NAMES, 150)
    assert "this plan was applied already" in fleet.harden("apply", "plan.json", *way[2:]).stdout


def test_what_one_host_does_for_all_is_waited_for_while_it_is_taken_up(
    fleet: Fleet, cluster: Cluster
) -> None:
    cluster.worker("first")
    fleet.steps(150, TOGETHER)
    with (fleet.folder / "play.yml").open("a") as file:
        file.write(FOR_ALL)
    before = fleet.trees()
    way = ("--executor", cluster.url, "--format", "jsonl")
    started = fleet.start("apply", "play.yml", *fleet.way, *way)
    lines = begun(started)
    cluster.worker("second")
    cluster.kill("first")
    rest, stderr = remaining(started)
    assert started.returncode == 0, stderr + rest[-5000:]
    said = events("".join(lines) + rest)
    again = [e["host"] for e in said if e["event"] == "phase" and e["phase"] == "again"]
    assert sorted(again) == list(NAMES)
    assert {(fleet.place / name / "told").read_text() for name in NAMES} == {"one for all"}
    assert fleet.harden("rollback").returncode == 0
    assert fleet.trees() == before
    cluster.kill("second")


def at_work(fleet: Fleet, cluster: Cluster, *words: str) -> Any:
    """Start a run of many steps; each host is in the middle of it when this returns."""
    fleet.steps(150, TOGETHER)
    started = fleet.start("apply", "play.yml", *fleet.way, "--executor", cluster.url, *words)
    until(lambda: all(fleet.new(name) > 5 for name in NAMES))
    return started


def test_where_no_worker_is_left_hosts_are_as_before(
    fleet: Fleet, cluster: Cluster, workers: Any
) -> None:
    before = fleet.trees()
    started = at_work(fleet, cluster, "--timeout", "5")
    cluster.kill("one")
    cluster.kill("two")
    _, stderr = started.communicate(timeout=300)
    assert started.returncode == 4, stderr
    until(lambda: not any(map(fleet.new, NAMES)))
    assert fleet.trees() == before
    after = fleet.harden("status", "--timeout", "2")
    assert after.returncode == 4
    assert after.stdout.count("no worker has taken it in 2 s") == len(NAMES)


def test_ctrl_c(fleet: Fleet, cluster: Cluster, workers: Any) -> None:
    before = fleet.trees()
    started = at_work(fleet, cluster)
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=60)
    assert started.returncode == 130
    assert fleet.trees() == before


def test_where_the_scheduler_dies_hosts_are_as_before(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker("one")
        cluster.worker("two")
        before = fleet.trees()
        started = at_work(fleet, cluster)
        cluster.kill("scheduler")
        said, stderr = started.communicate(timeout=120)
        assert started.returncode == 4, said + stderr
        assert "Traceback" not in said + stderr
        until(lambda: not any(map(fleet.new, NAMES)))
        assert fleet.trees() == before


def test_where_the_controller_dies_hosts_are_as_before(
    fleet: Fleet, cluster: Cluster, workers: Any
) -> None:
    before = fleet.trees()
    started = at_work(fleet, cluster)
    started.send_signal(signal.SIGKILL)
    started.communicate(timeout=60)
    until(lambda: not any(map(fleet.new, NAMES)))
    assert fleet.trees() == before
    after = fleet.harden("apply", "play.yml", *fleet.way, "--executor", cluster.url)
    assert after.returncode == 0, after.stderr


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One certificate for all, named by Dask's configuration (distributed.yaml, comm.tls)."""
    key, cert = tmp_path / "tls-key.pem", tmp_path / "tls-cert.pem"
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=dask"
    subprocess.run([*words.split(), "-keyout", key, "-out", cert], check=True, capture_output=True)
    head = "DASK_DISTRIBUTED__COMM__TLS__"
    monkeypatch.setenv(f"{head}CA_FILE", str(cert))
    for who in ("SCHEDULER", "WORKER", "CLIENT"):
        monkeypatch.setenv(f"{head}{who}__CERT", str(cert))
        monkeypatch.setenv(f"{head}{who}__KEY", str(key))


def test_by_certificates(fleet: Fleet, certified: None, tmp_path: Path) -> None:
    fleet.steps(1)
    with Cluster(tmp_path, protocol="tls") as cluster:
        cluster.worker("one")
        assert cluster.url.startswith("dask+tls://")
        way = (*fleet.way, "--timeout", "5", "--executor")
        plain = fleet.harden("apply", "play.yml", *way, cluster.url.replace("+tls", ""))
        assert plain.returncode, "a scheduler of TLS alone was reached without it"
        assert not fleet.new("a")
        done = fleet.harden("apply", "play.yml", *way, cluster.url)
        assert done.returncode == 0, done.stderr
        assert fleet.new("a") == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("dask://127.0.0.1:1", "no scheduler answers at tcp://127.0.0.1:1"),
        ("ray://127.0.0.1:1", "names no scheduler"),
        ("dask://", "names no scheduler"),
    ],
)
def test_no_scheduler(fleet: Fleet, url: str, says: str) -> None:
    fleet.steps(1)
    ended = fleet.harden("apply", "play.yml", *fleet.way, "--executor", url)
    assert ended.returncode in (4, 64)
    assert says in ended.stderr


def test_no_worker(fleet: Fleet, cluster: Cluster) -> None:
    fleet.steps(1)
    ended = fleet.harden(
        "apply", "play.yml", *fleet.way, "--executor", cluster.url, "--timeout", "2"
    )
    assert ended.returncode == 4
    assert "no worker has taken it in 2 s" in ended.stdout + ended.stderr


def test_what_a_worker_is_told_by_a_host_is_told_here(
    fleet: Fleet, cluster: Cluster, workers: Any, tmp_path: Path
) -> None:
    fleet.steps(1)
    (tmp_path / "known").write_text("")
    way = (*fleet.way, "--limit", "a", "--format", "jsonl")
    here = fleet.harden("apply", "play.yml", *way)
    there = fleet.harden("apply", "play.yml", *way, "--executor", cluster.url)
    assert there.returncode == here.returncode == 4
    assert "host key" in here.stdout.lower() or "key is not known" in here.stdout
    assert told(there.stdout, "a") == told(here.stdout, "a")


@pytest.fixture
def connector(cluster: Cluster, workers: Any, client: Any) -> Iterator[WorkersConnector]:
    connector = hardener.workers.workers(cluster.url, AskedOnce(client.answers))
    yield connector
    connector.close()


def test_passwords_are_asked_for_here(
    connector: WorkersConnector, client: Any, sshd: Any, user: Any, keys: Callable[..., Path]
) -> None:
    key = keys("closed", passphrase="open sesame")
    server = sshd(authorize=key.with_suffix(".pub"))
    client.trusts(server)
    user.sudo("{me} ALL=(ALL) ALL")
    client.answers.sudo, client.answers.key = user.password, "open sesame"
    target = client.target(server, identity_file=str(key), become=True)
    with connector.open(target) as channel:
        assert channel.became
        assert channel.hello.euid == 0
        channel.send({"do": "facts"})
        assert channel.receive()["event"] == "facts"
    assert sorted(client.answers.asked) == ["passphrase closed", "sudo web1"]


def test_whoever_waits_is_told_that_the_line_was_closed(
    connector: WorkersConnector, client: Any, sshd: Any
) -> None:
    """As by the second Ctrl-C: not that a worker was lost, whose host would be taken up again."""
    server = sshd()
    client.trusts(server)
    channel = connector.open(client.target(server))
    ends: list[type[HardenerError]] = []

    def wait() -> None:
        try:
            channel.receive()
        except HardenerError as error:
            ends.append(type(error))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    channel.hang_up()
    thread.join(timeout=10)
    assert ends == [ConnectionLost]


def test_another_hardener_is_not_used(
    connector: WorkersConnector, client: Any, sshd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "hardener.workers.connector.version", lambda: {"hardener": "99.0", "code": "x"}
    )
    with pytest.raises(ConnectError, match="runs another hardener") as error:
        connector.open(client.target(sshd()))
    assert "99.0" in error.value.hint
