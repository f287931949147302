"""Lines for people: nothing that a host sends is obeyed, nothing long buries the rest."""

import pytest

from hardener.events import Event
from hardener.report import reporter
from hardener.report.lines import LONGEST


def step(**more: object) -> Event:
    change = {
        "resource": "file:/etc/x", "action": "change", "reverse": "exact", "risk": "",
        "diff": more.pop("diff", ["@@ -1 +1 @@", "-[bold]old[/bold]", "+[mysqld]"]),
    }  # fmt: skip
    data = {
        "stage": "apply", "number": 1, "title": "Set it", "type": "file", "where": "play.yml:3:7", "status": "changed",
        "changes": [change], "notes": [], "why": "", "because": "", "error": None, **more,
    }  # fmt: skip
    return Event("step", "web1", data)


def done(status: str, **more: object) -> Event:
    return Event(
        "done",
        "web1",
        {"status": status, "counts": {"changed": 1}, "error": None, "left": [], **more},
    )


def said(
    capsys: pytest.CaptureFixture[str],
    *events: Event,
    status: str = "changed",
    stage: str = "apply",
) -> str:
    with reporter("text", diff=True) as report:
        report.stage = stage
        for event in events:
            report(event)
        report.recap({"web1": status}, "")
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_pipe_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in said(capsys, step(), done("changed"))


@pytest.mark.usefixtures("colour")
def test_a_terminal_gets_colour_and_no_markup_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, step(title="[red]Set[/red]"), done("changed"))
    assert "\x1b[31m" in out
    for text in ("[red]Set[/red]", "-[bold]old[/bold]", "+[mysqld]"):
        assert text in out


@pytest.mark.usefixtures("colour")
def test_no_color_is_honoured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bold is no colour (no-color.org)."""
    monkeypatch.setenv("NO_COLOR", "1")
    out = said(capsys, step(), done("changed"))
    assert "\x1b[31m" not in out
    assert "\x1b[33m" not in out


@pytest.mark.parametrize("where", ["title", "notes", "why", "diff", "error"])
def test_control_characters_are_shown(capsys: pytest.CaptureFixture[str], where: str) -> None:
    evil = "a\x1b]0;b\x07\r\u202e\udcff"
    values = {
        "notes": [evil],
        "diff": ["+" + evil],
        "error": {"what": evil, "why": evil, "where": evil, "hint": evil},
    }
    out = said(capsys, step(**{where: values.get(where, evil)}), done("changed"))
    assert r"a\x1b]0;b\x07" in out
    assert not set(out) & set("\x1b\x07\r\u202e\udcff")


def test_a_long_difference_is_cut_with_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"+{number}" for number in range(LONGEST + 7)]
    out = said(capsys, step(diff=lines), done("changed"))
    assert f"+{LONGEST - 1}\n" in out
    assert f"+{LONGEST}\n" not in out
    assert "… 7 more lines" in out


def test_a_failure_names_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    error = {
        "what": "no room",
        "why": "the disk is full",
        "where": "file:/etc/x",
        "hint": "make some",
    }
    out = said(capsys, step(status="failed", error=error), done("failed"), status="failed")
    assert "failed    web1  Set it  play.yml:3:7" in out
    assert "file:/etc/x: no room" in out
    assert "the disk is full" in out
    assert "hint: make some" in out


def test_what_was_refused_changed_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, step(stage="preview"), done("refused"), status="refused")
    assert "refused  web1  1 to change, nothing was changed" in out


def test_an_automatic_rollback_says_what_is_back_and_what_is_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    back = {
        "stage": "apply",
        "title": "Set it",
        "why": "",
        "diff": [],
        "status": "restored",
        "resource": "file:/etc/x",
    }
    left = ["command:2 reboot", "irreversible", "it can't be undone"]
    out = said(
        capsys,
        Event("phase", "web1", {"phase": "rollback", "why": "Ask: it is down"}),
        Event("undone", "web1", back),
        done("partly rolled back", left=[left]),
        status="partly rolled back",
    )
    assert "rollback  web1  Ask: it is down" in out
    assert "restored  web1  file:/etc/x" in out
    assert "partly rolled back  web1  1 change undone" in out
    assert "irreversible: command:2 reboot: it can't be undone" in out


def test_the_recap_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    with reporter("text", diff=False) as report:
        report(Event("done", "a", {"status": "ok", "counts": {"ok": 1}, "left": []}))
        report.recap({"a": "ok", "longer.name": "partly rolled back"}, "")
    assert capsys.readouterr().out.splitlines()[1:] == [
        "ok                  a            1 ok",
        "partly rolled back  longer.name",
    ]


def test_what_was_put_back_as_the_run_was_found_unfinished_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    about = {
        "resource": "file:/etc/x",
        "status": "restored",
        "why": "",
        "diff": [],
        "stage": "apply",
    }
    ended = done("rolled back", counts={"undone": 0})
    text = said(capsys, Event("undone", "web1", about), ended, status="rolled back")
    assert text.splitlines()[-1] == "rolled back  web1  1 change undone"


def test_what_one_has_to_look_at_stands_last(capsys: pytest.CaptureFixture[str]) -> None:
    words = {"a": "unfinished", "b": "damaged", "c": "unreachable", "d": "ok", "e": "applied"}
    with reporter("text", diff=True) as report:
        report.recap(words, "")
    names = [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]]
    assert names == ["d", "e", "a", "b", "c"]
