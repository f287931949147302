"""A conversation with a host that spoils what it says: a clear error with its name, or a clean report."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from faults.wire import evil
from faults.wire.scripted import channel
from fuzz import DATA, KEYS, fuzz, spoilt
from hypothesis import given
from hypothesis import strategies as st

from hardener.connect import Direct, Target
from hardener.errors import ConnectionLost, HardenerError, HostError
from hardener.events import Event
from hardener.fleet import heard
from hardener.fleet.session import Session
from hardener.host.wire.frames import pack
from hardener.report import Reporter, reporter

CHANGE = {
    "resource": "file:/x",
    "action": "change",
    "reverse": "exact",
    "risk": "",
    "diff": ["-a", "+b"],
}
STEP = {**evil.STEP, "title": "Write", "where": "p:1:1", "status": "changed", "changes": [CHANGE], "notes": ["n"],
        "why": "", "because": "", "error": None}  # fmt: skip
ERROR = {"type": "X", "what": "w", "where": "p", "why": "y", "hint": "h"}
GOOD: dict[str, list[dict[str, Any]]] = {
    "facts": [{"event": "facts", "facts": evil.FACTS}],
    "play": [
        {"event": "started", "number": 1, "title": "Write"},
        {**STEP, "stage": "preview"},
        {"event": "check", "when": "verify", "title": "c", "ok": False, "why": "no", "where": "p:2:2"},
        {"event": "phase", "phase": "rollback", "why": "no"},
        {**STEP, "status": "failed", "error": ERROR},
        {"event": "diverged", "resource": "file:/x", "why": "y"},
        {"event": "undone", "stage": "apply", "resource": "file:/x", "title": "t", "status": "conflict", "why": "w",
         "diff": ["+x"]},
        {"event": "error", **ERROR},
        {"event": "done", "status": "rolled back", "counts": {"changed": 1}, "error": ERROR,
         "left": [["file:/x", "conflict", "w"]], "journal": "00", "within": 60.0},
        {"event": "risk", "resources": ["file:/x"], "unasked": [], "guard": {"within": 60.0}},
    ],
    "history": [{"event": "run", "run": "r", "at": 1.5, "what": "apply", "of": "", "playbook": "p", "status": "applied",
                 "changes": 1, "standing": 1}],
    "show": [
        {"event": "recorded", "n": 1, "resource": "file:/x", "title": "t", "where": "p", "reverse": "exact",
         "stands": True, "diff": ["+x"]},
        {"event": "run", "run": "r", "status": "applied"},
    ],
    "diff": [{"event": "drift", "run": "r", "resource": "file:/x", "title": "t", "diff": ["+x"]}],
}  # fmt: skip
END = {"event": "end"}
WORDS = st.sampled_from(sorted(GOOD))


def talk(word: str, stream: bytes, report: Reporter) -> None:
    """Have a session ask the word of a host that says this, and report all of it."""
    session = Session(Target(name="web1"), Direct(), report)
    session._channel = channel("web1", stream)
    for _ in session.ask({"do": word}, report=True):
        pass


class Counted:
    """Runs conversations through both reports; keeps how many were refused."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys, self.refused, self.reported = capsys, 0, 0

    def judge(self, word: str, stream: bytes) -> None:
        for style in ("text", "jsonl"):
            with reporter(style, diff=True) as report:
                try:
                    talk(word, stream, report)
                    self.reported += 1
                except HostError as error:
                    assert error.where.startswith("web1")
                    self.reported += 1
                except ConnectionLost as error:
                    assert error.where == "web1"
                    self.refused += 1
                    assert str(error).isprintable() or "\n" in str(error)
                report.recap({"web1": "failed"}, "")
            self.clean(style, self.capsys.readouterr().out)

    @staticmethod
    def clean(style: str, out: str) -> None:
        assert all(char.isprintable() or char in "\n\t" for char in out)
        if style == "jsonl":
            for line in out.splitlines()[:-1]:
                assert json.loads(line)["host"] == "web1"


def stream(events: list[Any]) -> bytes:
    return b"".join(map(pack, [*events, END]))


def test_what_a_host_spoils_is_refused_or_reported_cleanly(capsys: Any, tally: Any) -> None:
    counted = Counted(capsys)

    @fuzz(400)
    @given(WORDS, st.data())
    def spoil(word: str, data: st.DataObject) -> None:
        told = data.draw(spoilt(st.just({"all": GOOD[word]})))
        counted.judge(word, stream(told["all"] if isinstance(told.get("all"), list) else [told]))

    @fuzz(150)
    @given(
        WORDS, st.lists(st.sampled_from([e for each in GOOD.values() for e in each]), max_size=5)
    )
    def mixed(word: str, told: list[Any]) -> None:
        counted.judge(word, stream(told))

    @fuzz(150)
    @given(WORDS, st.lists(st.dictionaries(KEYS | st.just("event"), DATA, max_size=4), max_size=3))
    def nonsense(word: str, told: list[Any]) -> None:
        counted.judge(word, stream(told))

    @fuzz(150)
    @given(WORDS, st.data())
    def cut(word: str, data: st.DataObject) -> None:
        whole = stream(GOOD[word])
        counted.judge(word, whole[: data.draw(st.integers(0, len(whole) - 1))])

    for check in (spoil, mixed, nonsense, cut):
        check()
    assert min(counted.reported, counted.refused) > 50  # both ends are met
    tally("answers of hosts, malformed", tried=counted.refused)


def test_all_that_is_good_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    counted = Counted(capsys)
    for word, told in GOOD.items():
        counted.judge(word, stream(told))
    assert (counted.refused, counted.reported) == (0, 2 * len(GOOD))


def silent(events: list[Event]) -> Session:
    session = Session(Target(name="web1"), Direct(), events.append)
    session._channel = channel("web1", None)
    return session


@pytest.mark.parametrize("word", ["history", "show", "diff", "facts"])
def test_one_that_only_looks_may_not_be_silent_for_ever(word: str) -> None:
    with pytest.raises(ConnectionLost, match="no answer in time"):
        list(silent([]).ask({"do": word}))


def test_there_is_an_end_to_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "MOST", 100)
    with pytest.raises(ConnectionLost, match="more than 100 events"):
        talk("play", stream([GOOD["play"][0]] * 101), lambda event: None)  # type: ignore[arg-type]


def test_there_is_an_end_to_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "BYTES", 1000)
    with pytest.raises(ConnectionLost, match="longer than 1000 bytes"):
        talk("play", stream([STEP] * 10), lambda event: None)  # type: ignore[arg-type]


def test_what_the_playbook_makes_of_an_answer_may_not_fit_a_frame() -> None:
    """The host is told so, and the conversation goes on."""

    class Book:
        steps: Mapping[int, Any] = {1: None}

        def answer(self, number: int, stage: str, results: Any) -> list[Any]:
            return [{"params": float("nan")}]

    session = Session(Target(name="web1"), Direct(), lambda event: None)
    asked = {"event": "resolve", "number": 1, "stage": "preview", "results": {}}
    session._channel = channel("web1", stream([asked]))
    list(session.ask({"do": "play"}, Book()))  # type: ignore[arg-type]
    sent = session._channel.pipe.sent  # type: ignore[attr-defined]
    assert b"can't be sent" in sent


def test_what_cannot_be_sent_names_the_host() -> None:
    with pytest.raises(HardenerError, match="can't be sent") as caught:
        channel("web1").send({"x": float("inf")})
    assert caught.value.where == "web1"


def test_no_field_of_a_host_stands_for_another(capsys: pytest.CaptureFixture[str]) -> None:
    with reporter("jsonl", diff=False) as report:
        report(Event("step", "web1", {**STEP, "host": "web2", "event": "recap"}))
    said = json.loads(capsys.readouterr().out)
    assert (said["event"], said["host"]) == ("step", "web1")


def test_every_event_of_the_host_is_known_here() -> None:
    """A new event, or a new field that a report relies on, is added to fleet/heard.py."""
    import ast
    from pathlib import Path

    import hardener.host

    said = set()
    for path in Path(hardener.host.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Dict):
                pairs = [
                    (k, v) for k, v in zip(node.keys, node.values) if isinstance(k, ast.Constant)
                ]
                said |= {
                    v.value for k, v in pairs if k.value == "event" and isinstance(v, ast.Constant)
                }
            if (
                isinstance(node, ast.keyword)
                and node.arg == "event"
                and isinstance(node.value, ast.Constant)
            ):
                said.add(node.value.value)
    assert said == set(heard.EVENTS)
