"""Ctrl-C once: the steps under way are finished, then `on_failure` says what stays; twice: it is over at once."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from faults.wire.site import HARDEN, Site, bounded
from remaining import remaining
from tree import listing

STEPS = 150
HOSTS = ("a", "b", "c")
STEP = "    - file: {{path: /etc/new-{0}, content: new}}\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    for name in HOSTS:
        (site.folder / name / "etc").mkdir(parents=True)
        site.host(name, root=str(site.folder / name))
    return site


def play(site: Site, *keys: str) -> None:
    head = "\n  ".join(["- name: play\n  hosts: all\n  gather_facts: false", *keys])
    steps = "".join(map(STEP.format, range(STEPS)))
    (site.folder / "play.yml").write_text(f"{head}\n  steps:\n{steps}")


def trees(site: Site) -> dict[str, Any]:
    return {name: listing(site.folder / name) for name in HOSTS}


def stand_as(before: dict[str, Any], site: Site) -> bool:
    """Is all as it was? While a host is at work files come and go under the eyes of who looks."""
    try:
        return trees(site) == before
    except FileNotFoundError:
        return False


def done(site: Site) -> dict[str, int]:
    return {name: len(list((site.folder / name / "etc").glob("new-*"))) for name in HOSTS}


def interrupted(site: Site) -> "tuple[int, list[dict[str, Any]], str]":
    """Apply, send SIGINT once each begun host has changed something; the code, the events, stderr."""
    started = site.start("apply", "play.yml", "-i", "hosts.json", "--format", "jsonl")
    assert started.stdout
    lines, at_work = [], set()
    for line in started.stdout:
        lines.append(json.loads(line))
        if lines[-1].get("stage") == "apply":
            at_work.add(lines[-1]["host"])
            if lines[-1]["number"] == 5:
                break
    started.send_signal(signal.SIGINT)
    rest, stderr = remaining(started)
    return started.returncode, lines + list(map(json.loads, rest.splitlines())), stderr


def stands(site: Site) -> dict[str, str]:
    said = site.harden("status", "-i", "hosts.json", "--format", "jsonl").stdout
    events = map(json.loads, said.splitlines())
    return {each["host"]: each["status"] for each in events if each["event"] == "run"}


def finished(events: "list[dict[str, Any]]") -> bool:
    """Has every step that was started come to its end?"""
    of = [e for e in events if e["event"] in ("started", "step")]
    begun = {(e["host"], e["number"]) for e in of if e["event"] == "started"}
    ended = {(e["host"], e["number"]) for e in of if e["event"] == "step"}
    return begun == ended


def test_hosts_finish_their_step_and_are_put_back(site: Site) -> None:
    play(site)
    before = trees(site)
    code, events, _ = interrupted(site)
    assert code == 130
    assert finished(events)
    assert trees(site) == before
    assert "rolled back" in stands(site).values()
    assert set(stands(site).values()) <= {"rolled back", "not begun"}
    ends = {e["host"]: e["status"] for e in events if e["event"] == "done"}
    assert set(ends) == set(HOSTS)  # nobody was hung up on: each said how it ended


def test_hosts_keep_what_they_have_finished(site: Site) -> None:
    play(site, "on_failure: keep")
    code, events, _ = interrupted(site)
    assert code == 130
    assert finished(events)
    changed = dict.fromkeys(HOSTS, 0)
    for each in events:
        if each["event"] == "step" and each["stage"] == "apply":
            changed[each["host"]] += each["status"] == "changed"
    assert done(site) == changed
    assert any(0 < count < STEPS for count in changed.values())


@pytest.mark.parametrize(
    ("word", "first"), [("rollback_host", STEPS), ("rollback_batch", STEPS), ("rollback_all", 0)]
)
def test_no_further_batch_is_begun(site: Site, word: str, first: int) -> None:
    """The host of the first batch has come through: only rollback_all takes that back."""
    play(site, "serial: 1", f"on_failure: {word}")
    started = site.start("apply", "play.yml", "-i", "hosts.json", "--format", "jsonl")
    second_is_at_work(started)
    started.send_signal(signal.SIGINT)
    rest, _ = remaining(started)
    assert started.returncode == 130
    assert done(site) == {"a": first, "b": 0, "c": 0}
    assert not (site.folder / "c/var/lib/hardener/runs").exists()
    assert '"event": "stopped"' in rest
    retried = site.harden("apply", "play.yml", "-i", "hosts.json", "--retry-failed", newest(site))
    assert retried.returncode == 0
    assert set(done(site).values()) == {STEPS}


def second_is_at_work(started: subprocess.Popen[str]) -> None:
    """Read what it tells until host b is in the middle of its steps."""
    assert started.stdout
    for line in started.stdout:
        each = json.loads(line)
        if each.get("host") == "b" and each.get("stage") == "apply" and each["number"] == 5:
            return


def newest(site: Site) -> str:
    folder = site.folder / "state/hardener/controller"
    return max(path.stem for path in folder.glob("[0-9]*.json"))


def test_a_terminal_is_told_what_the_second_one_does_and_it_does_it(site: Site) -> None:
    play(site)
    before = trees(site)
    own, theirs = pty.openpty()
    command = [str(HARDEN), "apply", "play.yml", "-i", "hosts.json", "--yes"]
    environment = {**os.environ, "XDG_STATE_HOME": str(site.folder / "state"), "COLUMNS": "300"}
    started = subprocess.Popen(
        command, cwd=site.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
        preexec_fn=bounded, start_new_session=True,  # noqa: PLW1509 - it takes no lock
    )  # fmt: skip
    os.close(theirs)
    read_until(own, lambda _: any(done(site).values()))
    at_work = [name for name, count in done(site).items() if count]
    with frozen(holders(site)):
        started.send_signal(signal.SIGINT)
        said = read_until(own, lambda text: "Ctrl-C once more stops at once" in text)
        assert "on_failure" in said
        assert started.poll() is None
        started.send_signal(signal.SIGINT)
        said = read_until(own, lambda text: "interrupted\r\n" in text)
        assert f"--retry-failed {newest(site)}" in said
        assert started.wait(20) == 130
    end = time.monotonic() + 60
    while not stand_as(before, site):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert set(stands(site)) >= set(at_work)
    assert set(stands(site).values()) <= {"rolled back", "not begun"}
    goes_on(site)


def test_what_a_killed_controller_had_not_begun_is_known(site: Site) -> None:
    play(site, "serial: 1")
    started = site.start("apply", "play.yml", "-i", "hosts.json", "--format", "jsonl")
    second_is_at_work(started)
    started.kill()
    started.communicate(timeout=120)
    asked = json.loads(site.harden("status", "--format", "jsonl").stdout.splitlines()[-1])
    assert asked["hosts"]["a"] == "applied"
    assert asked["hosts"]["c"] == "not begun"
    assert goes_on(site) == {"b", "c"}


def goes_on(site: Site) -> "set[str]":
    """Retry what is left of the newest run until all is done; the hosts that this was for."""
    words = ("apply", "play.yml", "-i", "hosts.json", "--wait", "60", "--format", "jsonl")
    retried = site.harden(*words, "--retry-failed", newest(site))
    assert retried.returncode == 0, retried.stdout + retried.stderr
    assert set(done(site).values()) == {STEPS}
    return set(json.loads(retried.stdout.splitlines()[-1])["hosts"])


@contextmanager
def frozen(processes: list[int]) -> Iterator[None]:
    """Let none of them come to an end by itself."""
    assert processes
    try:
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


def holders(site: Site) -> list[int]:
    """The hosts' own processes that are at work: those that hold their locks."""
    locks = [site.folder / name / "var/lib/hardener/lock" for name in HOSTS]
    notes = [lock.read_text() for lock in locks if lock.exists()]
    return [json.loads(note)["pid"] for note in notes if note]


def read_until(fd: int, fits: Any, seconds: float = 60) -> str:
    text, end = "", time.monotonic() + seconds
    while not fits(text):
        assert time.monotonic() < end, text
        if select.select([fd], [], [], 0.1)[0]:
            text += os.read(fd, 65536).decode()
    return text
