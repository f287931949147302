"""Several at once: one works, the others wait or are told who works, and a dead one holds nothing (F23, D25)."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from faults.wire.site import Site
from tree import listing
from until import until

STEPS = 250
NAMES = (*(f"user-{n}" for n in range(8)), "other")
WAITS = ("--wait", "120")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    site.host("one", root=str(site.folder / "root"))
    site.play(*(f"file: {{path: /etc/new-{n}, content: new}}" for n in range(STEPS)))
    for name in NAMES:
        write(site, name)
    shared = (f"{name} off\n#\n#\n#\n" for name in NAMES)
    (site.folder / "root/etc/shared").write_text("".join(shared))
    return site


def write(site: Site, name: str) -> None:
    """A playbook that turns its line on in a file that all of them write, and makes a file."""
    (site.folder / f"{name}.yml").write_text(
        "- name: play\n  hosts: all\n  steps:\n"
        f"    - line: {{path: /etc/shared, regexp: '^{name} ', line: {name} on}}\n"
        f"    - file: {{path: /etc/own-{name}, content: {name}}}\n"
    )


def on(site: Site) -> set[str]:
    """Return who stands in the shared file; it must be who has a file of its own."""
    etc = site.folder / "root/etc"
    found = {
        line.split()[0]
        for line in (etc / "shared").read_text().splitlines()
        if line.endswith(" on")
    }
    assert {path.name.removeprefix("own-") for path in etc.glob("own-*")} == found
    return found


def apply(site: Site, name: str, *more: str) -> "subprocess.CompletedProcess[str]":
    return site.harden("apply", f"{name}.yml", "-i", "hosts.json", *more)


def note(site: Site) -> dict[str, Any]:
    """What the lock says of its holder; empty where nobody has written it."""
    try:
        found = json.loads((site.folder / "root/var/lib/hardener/lock").read_text())
    except (OSError, ValueError):
        return {}
    assert isinstance(found, dict)
    return found


@contextmanager
def stopped(site: Site) -> Iterator[dict[str, Any]]:
    """A host in the middle of an apply, as long as it stands still; gives what the lock says of it."""
    started = site.start("apply", "play.yml", "-i", "hosts.json")
    until(lambda: (site.folder / "root/etc/new-5").exists())
    held = note(site)
    os.kill(held["pid"], signal.SIGSTOP)
    try:
        yield held
    finally:
        os.kill(held["pid"], signal.SIGCONT)
        ended(started)


def ended(started: "subprocess.Popen[str]") -> int:
    """Wait for it, and return its exit code; what it said is shown where a test fails."""
    out, err = started.communicate(timeout=240)
    print(out, err)
    return started.returncode


@pytest.mark.parametrize(
    "words", [("apply", "other.yml"), ("rollback",), ("snapshots", "prune")], ids=lambda w: w[0]
)
def test_refused_with_who_holds_it(site: Site, words: tuple[str, ...]) -> None:
    """What stands at the time is neither seen half done nor touched."""
    assert apply(site, "other").returncode == 0
    (site.folder / "root/etc/own-other").unlink()
    with stopped(site) as holder:
        before = listing(site.folder / "root")
        for _ in range(2):  # who was refused has not wiped off what the lock says
            told = site.harden(*words, "-i", "hosts.json")
            assert told.returncode not in (0, 70), told
            said = " ".join((told.stdout + told.stderr).split())
            assert "another run holds this host" in said
            assert f"run {holder['run']} by " in said
            assert f"process {holder['pid']}, for " in said
            assert "with `--wait 60` an apply or a rollback waits for it" in said
            assert "Traceback" not in said
        assert listing(site.folder / "root") == before
    assert (site.folder / f"root/etc/new-{STEPS - 1}").exists()


def test_a_preview_waits_for_nobody(site: Site) -> None:
    with stopped(site):
        assert "own-other" in apply(site, "other", "--dry-run", "--diff").stdout


def test_who_waits_comes_next(site: Site) -> None:
    with stopped(site):
        waiting = site.start("apply", "other.yml", "-i", "hosts.json", *WAITS)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(3)
        assert not on(site)
    assert ended(waiting) == 0
    assert on(site) == {"other"}


def test_who_waits_long_enough_is_refused_all_the_same(site: Site) -> None:
    with stopped(site):
        begun = time.monotonic()
        assert "another run holds this host" in apply(site, "other", "--wait", "2").stdout
        assert time.monotonic() - begun >= 2


def test_a_dead_holder_holds_nothing(site: Site) -> None:
    """Its note is still there, and its changes: the next one undoes them, says so and goes on."""
    before = listing(site.folder / "root")
    with stopped(site) as holder:
        os.kill(holder["pid"], signal.SIGKILL)
    assert note(site)["pid"] == holder["pid"]
    told = apply(site, "other")
    assert told.returncode == 0
    assert f"run {holder['run']} was interrupted" in told.stdout
    assert not list((site.folder / "root/etc").glob("new-*"))
    assert site.harden("rollback", "-i", "hosts.json").returncode == 0
    assert listing(site.folder / "root") == before


@pytest.mark.parametrize("left", [b"", b"\xff", b"[]", b"{}", b'{"run": 1}', b'{"since": "x"}'])
def test_a_note_of_another_form_is_no_note(site: Site, left: bytes) -> None:
    with stopped(site):
        (site.folder / "root/var/lib/hardener/lock").write_bytes(left)
        told = apply(site, "other").stdout
        assert "another run holds this host" in told
        assert "its holder has left no note" in told


def test_many_at_once(site: Site, tally: Callable[..., None]) -> None:
    """Each finds what the one before has left: nobody's line is lost, going up or down."""
    before = listing(site.folder / "root")
    at_once = [site.start("apply", f"{n}.yml", "-i", "hosts.json", *WAITS) for n in NAMES]
    assert [ended(each) for each in at_once] == [0] * len(NAMES)
    assert on(site) == {*NAMES}
    runs = list(state(site))
    random.shuffle(runs)
    undone = [site.start("rollback", run, "-i", "hosts.json", *WAITS) for run in runs]
    lost = sum(ended(each) != 0 for each in undone)
    assert listing(site.folder / "root") == before
    tally("runs at the same time", tried=len(at_once) + len(undone), lost=lost)


def state(site: Site) -> dict[str, str]:
    """Return what `harden history` says of each run, by its id."""
    told = site.harden("history", "-i", "hosts.json", "--format", "jsonl").stdout.splitlines()
    found = (json.loads(line) for line in told)
    return {each["run"]: each["status"] for each in found if each.get("event") == "run"}


def test_many_at_once_of_which_some_are_killed(site: Site, tally: Callable[..., None]) -> None:
    """Whoever is killed leaves all of its run or nothing once the next has come; the rest is done."""
    killed, (*names, last) = 0, NAMES
    at_once = {n: site.start("apply", f"{n}.yml", "-i", "hosts.json", *WAITS) for n in names}
    while any(each.poll() is None for each in at_once.values()):
        time.sleep(random.uniform(0.05, 0.3))
        holder = note(site).get("pid")
        if holder and killed < len(names) // 2 and is_ours(holder):
            os.kill(holder, signal.SIGKILL)
            killed += 1
    done = {name for name, each in at_once.items() if ended(each) == 0}
    assert apply(site, last).returncode == 0
    # One that dies when its run has ended, and before it says so, leaves all of it.
    assert {*done, last} <= on(site)
    assert len(on(site) - {*done, last}) <= killed
    assert killed
    tally("runs at the same time", tried=len(names))


def is_ours(pid: int) -> bool:
    """Is it still the process that the note is about, and not one that came after it?"""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return words[1:3] == [b"-I", b"-S"]  # as the bootstrap is started, and nothing else here
    except OSError:
        return False
