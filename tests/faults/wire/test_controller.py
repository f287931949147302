"""Many hosts of an attacker beside an honest one: each is named, none breaks, stops or floods the rest."""

import json
from pathlib import Path
from typing import Any

import pytest
from faults.wire.site import Site

# host → the words that tell what it did
FAULTS = {
    "noise": "bytes came before the answer",
    "no_newline": "a line is longer than",
    "odd_hello": "first line makes no sense",
    "deep_hello": "first line makes no sense",
    "typed_hello": "first line makes no sense",
    "stderr_flood": "to its standard error",
    "oversized": "over the limit",
    "no_json": "not JSON as we speak it",
    "nested": "not JSON as we speak it",
    "bomb": "not JSON as we speak it",
    "out_of_range": "out of range",
    "ends_early": "the connection has ended",
    "ends_in_a_frame": "the connection has ended",
    "no_facts": "told no facts",
    "wrong_facts": "facts.facts.memory.total is a str",
    "facts_for_ever": "tells its facts twice",
    "facts_for_a_play": "`facts` is no answer to `play`",
    "unknown_event": "there is no event 'recap'",
    "a_play_of_its_own": "there is no event 'play'",
    "no_event": "there is no event None",
    "missing_field": "step.stage is missing",
    "speaks_for_another": "step.host is not expected",
    "wrong_type": "step.changes is a str",
    "wrong_status": "done.status is no status",
    "error_without_words": "error.type is missing",
    "asks_of_another_step": "which it has not got",
    "asks_with_odd_results": "resolve.results.x is a str",
    "endless": "longer than",
    "ends_without_end": "the connection has ended",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An inventory of all faults and an honest host, and a play for all of them."""
    site = Site(tmp_path / "site")
    for name in (*FAULTS, "controls"):
        site.evil(name)
    site.host("honest", root=str(site.folder / "root"))
    site.play("file: {path: /etc/new, content: new}")
    return site


def test_none_of_them_breaks_or_stops_the_rest(site: Site, tally: Any) -> None:
    done = site.harden("apply", "play.yml", "-i", "hosts.json", "--diff", "--forks", "4")
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    told = {name: about(done.stdout, name) for name in (*FAULTS, "honest", "controls")}
    for name, words in FAULTS.items():
        assert words in told[name], f"{name}: {told[name]}"
        assert first_but_waits(told[name]).startswith("unreachable"), told[name]
    assert (site.folder / "root/etc/new").read_text() == "new"
    assert "changed" in told["honest"]
    obeyed = [c for c in done.stdout + done.stderr if not c.isprintable() and c != "\n"]
    assert not obeyed
    assert len(done.stdout) < 1 << 20
    tally("hosts that attack the controller", tried=len(FAULTS) + 1, lost=0)


def first_but_waits(told: str) -> str:
    """The first line of a host, but those that say for whom it waits: all of these are this machine."""
    return next(line for line in told.splitlines() if not line.startswith("waits"))


def about(text: str, host: str) -> str:
    """The lines of a report that belong to a host."""
    lines, mine = [], False
    for line in text.splitlines():
        if not line.startswith(" "):
            mine = f" {host} " in f"{line} "
        lines += [line] if mine else []
    return "\n".join(lines)


def test_no_host_speaks_for_another_in_json_lines(site: Site) -> None:
    limit = "speaks_for_another,controls,honest"
    words = ("apply", "play.yml", "-i", "hosts.json", "--limit", limit, "--format", "jsonl")
    events = [json.loads(line) for line in site.harden(*words).stdout.splitlines()]
    by_host = {name: [e for e in events if e.get("host") == name] for name in limit.split(",")}
    assert [e["status"] for e in by_host["honest"] if e["event"] == "done"] == ["changed"]
    assert [e["event"] for e in by_host["speaks_for_another"]] == ["connected", "error"]
    assert len([e for e in by_host["controls"] if e["event"] == "step"]) == 2
    assert events[-1]["hosts"] == {
        "speaks_for_another": "unreachable",
        "controls": "failed",
        "honest": "changed",
    }


WORDS = {
    "history": "`facts` is no answer to `history`",
    "show run-1": "`facts` is no answer to `show`",
    "rollback run-1": "`facts` is no answer to `rollback`",
}


@pytest.mark.parametrize(("word", "words"), WORDS.items())
def test_other_words_are_as_careful(site: Site, word: str, words: str) -> None:
    done = site.harden(*word.split(), "-i", "hosts.json", "--limit", "no_json,oversized,no_event")
    assert "Traceback" not in done.stderr
    assert "not JSON as we speak it" in about(done.stdout, "no_json")
    assert "over the limit" in about(done.stdout, "oversized")
    assert words in about(done.stdout, "no_event")
    assert done.returncode == 4
