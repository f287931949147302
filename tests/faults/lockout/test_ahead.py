"""Plays that would lock out whoever is logged in are refused before anything is changed, by their very step.

The good ones go through without a word: a false alarm is as bad as a lock-out.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from faults.lockout.cases_ahead import FINE, REFUSED, Case, nft, sudoers
from faults.lockout.command import LEFT_OUT, Command
from faults.lockout.steps import command, line, reload, sshd, with_shadow
from lab.host import Host
from lab.session import Lab

HANDLERS = [
    *reload("ssh"),
    {"name": "firewall", "service": {"name": "nftables", "state": "restarted"}},
]
Events = Mapping[str, list[dict[str, Any]]]


def play_all(lab: Lab, host: Host, folder: Path, cases: Mapping[str, Case], *words: str) -> Events:
    """One command for all cases, the host under a name for each; the events of each.

    A play for one host that fails ends the run: so `well` is in each, and has nothing to do.
    """
    harden = Command(lab, host, folder)
    names = dict(zip(cases, (f"case{n}" for n in range(len(cases))), strict=True))
    users = {"well": "root", **{names[title]: case.user for title, case in cases.items()}}
    hosts = {name: {"address": host.address, "user": user} for name, user in users.items()}
    harden.inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    plays = [play(f"{names[title]},well", title, case) for title, case in cases.items()]
    book = folder / "all.yml"
    book.write_text(filled(json.dumps(plays), lab, host))
    done = harden("apply", str(book), "--format", "jsonl", "--forks", "2", *words)
    assert done.returncode in (0, 1) and done.stdout, done.stdout + done.stderr
    events = [json.loads(text) for text in done.stdout.splitlines()]
    return {title: [e for e in events if e.get("host") == names[title]] for title in cases}


def play(hosts: str, title: str, case: Case) -> dict[str, Any]:
    steps = [{**step, "when": "inventory_hostname != 'well'"} for step in case.steps]
    head = {"hosts": hosts, "become": True, "name": title, "gather_facts": False}
    return {**head, "steps": steps, "handlers": HANDLERS, **case.play}


def filled(text: str, lab: Lab, host: Host) -> str:
    """Put in what the cases can't know; see cases_ahead.py."""
    link = host.sh("ip -o -4 route get 10.213.0.1").split()[2]
    key = " ".join(lab.public_key.read_text().split()[:2])
    words = {"CONTROLLER": "10.213.0.1", "HOST": host.address, "LINK": link, "KEY": key}
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def last(events: list[dict[str, Any]]) -> dict[str, Any]:
    return next(event for event in reversed(events) if event["event"] == "done")


def test_refused_with_what_to_write(
    lab: Lab, host: Host, tmp_path: Path, tally: Callable[..., None]
) -> None:
    """And not a file is changed, not a rule, no guard is armed, no run is begun."""
    harden = Command(lab, host, tmp_path)
    assert harden("facts").returncode == 0
    before = host.hash(leave_out=LEFT_OUT)
    found = play_all(lab, host, tmp_path, REFUSED, "--wait", "60", "--confirm-within", "5")
    wrong = {
        title: why_not_refused(found[title], case, lab, host) for title, case in REFUSED.items()
    }
    assert {title: why for title, why in wrong.items() if why} == {}
    assert harden.difference(before) == ""
    assert host.sh("nft list ruleset") == ""
    assert host.sh("ls /var/lib/hardener/runs") == ""
    tally("plays that would lock out, refused before they change anything", tried=len(REFUSED))


def why_not_refused(events: list[dict[str, Any]], case: Case, lab: Lab, host: Host) -> Any:
    """Say what is not as it should be with a refusal; nothing if all is."""
    end = last(events)
    error = end["error"] or {}
    text = "\n".join(error.values())
    fine = (
        end["status"] == "refused"
        and error["type"] == "Lockout"
        and error["where"].partition(":")[0] in ("file", "service", "command")
        and "step «" in error["why"]
        and "--no-look-ahead" in error["hint"]
        and filled(case.says, lab, host) in text
    )
    return None if fine else [end["status"], text, events[-3:]]


def test_goes_through_without_a_word(
    lab: Lab, host: Host, tmp_path: Path, tally: Callable[..., None]
) -> None:
    found = play_all(lab, host, tmp_path, FINE, "--dry-run")
    said = {title: heard(found[title]) for title in FINE}
    assert {title: words for title, words in said.items() if words != ["pending", [[]]]} == {}
    tally("plays near a lock-out, let through", tried=len(FINE))


def heard(events: list[dict[str, Any]]) -> list[Any]:
    """How it ended, and what was said of what could not be tried."""
    end = last(events)
    unasked = [event["unasked"] for event in events if event["event"] == "risk"]
    return [end["status"], unasked, *([end["error"]] if end["error"] else [])]


def test_sudo_without_a_password_stays_so(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path, "nopass")
    harden.asks = []
    for rule, code in (("ALL=(ALL:ALL) ALL", 1), ("ALL=(ALL) NOPASSWD: /bin/sh", 0)):
        book = harden.playbook(*sudoers(f"nopass {rule}\n"))
        done = harden("apply", str(book), "--dry-run")
        assert done.returncode == code, done.stdout + done.stderr
        assert ("sudo would ask nopass for a password" in done.stdout) == bool(code)


def test_a_way_that_it_does_not_see_is_left_to_the_guard(
    lab: Lab, host: Host, tmp_path: Path
) -> None:
    """The login comes to an sshd of its own; the one that is asked would refuse it already."""
    host.write("/etc/ssh/own", "Port 2222\nUsePAM yes\nPidFile none\n")
    host.sh("/usr/sbin/sshd -f /etc/ssh/own")
    host.write("/etc/ssh/sshd_config.d/00.conf", "AllowUsers nobody\n")
    harden = Command(lab, host, tmp_path)
    harden.reach(port=2222)
    done = harden(
        "apply", str(harden.playbook(*sshd("AllowUsers ops"), handlers=HANDLERS)), "--dry-run"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not tried beforehand: sshd: it says no to this login as it is" in done.stdout


def test_rules_that_can_not_be_copied_are_left_to_the_guard(
    lab: Lab, host: Host, tmp_path: Path
) -> None:
    """A frame in a copy comes from another network card."""
    harden = Command(lab, host, tmp_path)
    host.ssh("true")  # so that the card of who calls is known anew, however long nobody did
    card = host.sh("ip neigh show 10.213.0.1").split()[4]
    book = harden.playbook(*nft(f"ether saddr {card} accept"))
    done = harden("apply", str(book), "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    only = "its rules look at what can't be copied: ether saddr"
    assert f"not tried beforehand: firewall: {only}" in done.stdout


def test_a_later_play_of_a_preview_is_not_judged(lab: Lab, host: Host, tmp_path: Path) -> None:
    """What the first lets in, the second may ask for: only that the first is not done yet."""
    harden = Command(lab, host, tmp_path, "ops")
    book = harden.playbook(line("/etc/group", "users:x:100:ops", regexp="^users:"))
    (first,) = json.loads(book.read_text())
    asks = {**first, "steps": sshd("AllowGroups users root"), "handlers": HANDLERS}
    book.write_text(json.dumps([first, asks]))
    seen = harden("apply", str(book), "--dry-run")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "not tried beforehand: the plays before this one" in seen.stdout
    done = harden("apply", str(book))
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_can_not_be_asked_is_said(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path, "ops")
    steps = [*with_shadow("chage -E 0 ops"), command("ip route flush cache", undo="true")]
    done = harden("apply", str(harden.playbook(*steps)), "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    only = "/etc/shadow is only known once a command has run"
    assert f"not tried beforehand: sshd, accounts, sudo: {only}" in done.stdout
    assert "not tried beforehand: network" in done.stdout


def test_without_a_guard_it_looks_ahead_all_the_same(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    done = harden(
        "apply",
        str(harden.playbook(*sshd("AllowUsers ops"), handlers=HANDLERS)),
        "--confirm",
        "off",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "write `AllowUsers ops root`" in done.stdout
    assert not host.exists("/etc/ssh/sshd_config.d/10-test.conf")
