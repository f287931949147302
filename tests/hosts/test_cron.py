"""Jobs on booted hosts, by their real cron and crontab."""

from collections.abc import Callable
from typing import Any

import pytest
from inside import Inside
from sandbox import step

SPOOL = "/var/spool/cron/crontabs"


@pytest.fixture
def inside(any_host: Any) -> Inside:
    return Inside(any_host)


def hashes(host: Any) -> dict[str, Any]:
    return {p: h for p, h in host.hash().items() if p.lstrip("/").startswith(("etc", "var/spool"))}


def test_crontab_shows_and_edits_what_was_written(inside: Inside) -> None:
    """`crontab -e` takes three comments away at the top, whatever they say: the mark outlives it."""
    before = hashes(inside.host)
    wish = step("cron", name="one", user="trader", minute=5, job="echo 1")
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    assert hashes(inside.host) == before
    assert inside.play(wish) == "changed", inside.errors()
    shown = inside.host.sh("crontab -u trader -l")
    assert shown == "#Ansible: one\n5 * * * * echo 1\n"
    assert inside.host.sh(f"stat -c '%a %U %G' {SPOOL}/trader") == "600 trader crontab\n"
    assert inside.play(wish) == "ok", inside.changes("preview")
    inside.host.sh("crontab -u trader -l | crontab -u trader -")
    assert inside.play(wish) == "ok", inside.changes("preview")
    inside.host.sh("crontab -u trader -r")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert hashes(inside.host) == before


def test_crontab_itself_is_asked_and_leaves_the_spool_alone(inside: Inside) -> None:
    """What our rules let pass, and this crontab does not; it makes no file even in a preview."""
    wish = step("cron", name="one", job="x")
    was = inside.host.sh(f"stat -c %y.%z {SPOOL}")
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    assert inside.host.sh(f"stat -c %y.%z {SPOOL}") == was
    theirs = "0 * * * * " + "a" * 999 + "\n"
    inside.host.write(f"{SPOOL}/root", theirs, mode="0600")
    assert inside.play(wish, dry_run=True) == "refused"
    assert f'"{SPOOL}/root":1: command too long' in inside.errors()
    inside.host.write(f"{SPOOL}/root", theirs.replace("aa", "a", 1), mode="0600")
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()


def test_a_cron_that_does_not_run_is_told(inside: Inside) -> None:
    inside.host.sh("systemctl stop cron")
    assert inside.play(step("cron", name="one", cron_file="app", job="x"), dry_run=True)
    assert "cron.service does not run, so no job does" in inside.notes()


def test_cron_takes_it_up_and_lets_go_of_it(make_host: Callable[..., Any]) -> None:
    """By itself, once it looks: here a minute of its clock is a second."""
    inside = Inside(make_host(packages=["faketime"]))
    inside.host.write("/etc/cron.d/other", "* * * * * root echo >> /run/other\n")
    inside.host.sh(
        "systemctl stop cron; systemd-run -q --unit=quick -E NO_FAKE_STAT=1 -E DONT_FAKE_MONOTONIC=1 "
        "faketime -f '+0 x60' cron -f"
    )
    of_user = step("cron", 1, name="one", user="trader", job="echo >> ~/ran")
    of_system = step("cron", 2, name="two", user="trader", cron_file="app", job="echo >> ~/ran2")
    assert inside.play(of_user, of_system) == "changed", inside.errors()
    waited = (
        "timeout 60 sh -c 'until test -s {0}; do sleep 0.2; done' && wc -l < {0} || "
        "{{ systemctl status quick; journalctl -u quick -n 30; exit 1; }}"
    )
    inside.host.sh(waited.format("/home/trader/ran"), timeout=90)
    inside.host.sh(waited.format("/home/trader/ran2"), timeout=90)
    assert inside.rollback() == "rolled back", inside.trouble()
    passed = "rm -f /run/other;" + waited.format("/run/other")
    inside.host.sh(passed + ";" + passed, timeout=90)  # it has looked since
    inside.host.sh("rm -f /home/trader/ran*;" + passed + ";" + passed, timeout=90)
    assert inside.host.sh("ls /home/trader") == ""
