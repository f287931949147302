"""The live view: hosts by steps at the foot of a terminal, gone when others print and at the end."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

from hardener.errors import cells
from hardener.events import Event
from hardener.report.grid import Grid, span
from hardener.report.progress import Progress

HARDEN = Path(sys.executable).with_name("harden")
HOSTS = [f"web{n:02}" for n in range(1, 31)]
STEPS = 12
ROWS, COLUMNS = 40, 120


def grid() -> Grid:
    """Three hosts after 20 seconds: one is through, one at its third step, one not begun."""
    seen = Grid()
    seen.see(Event("play", "", {"name": "x", "hosts": ["a", "b", "c"], "steps": 4}), 0)
    for host in ("a", "b"):
        seen.see(Event("started", host, {"number": 1, "title": "One"}), 1)
        seen.see(step(host, 1, "One", "changed", "preview"), 1.5)
        seen.see(Event("phase", host, {"phase": "apply"}), 2)
        seen.see(Event("started", host, {"number": 1, "title": "One"}), 2)
        seen.see(step(host, 1, "One", "changed"), 9 if host == "b" else 3)
        seen.see(step(host, 2, "Two", "skipped"), 9)
        seen.see(Event("started", host, {"number": 3, "title": "Three"}), 10)
    seen.see(step("a", 3, "Three", "failed"), 12)
    seen.see(Event("done", "a", {"status": "rolled back"}), 14)
    return seen


def step(host: str, number: int, title: str, status: str, stage: str = "apply") -> Event:
    return Event("step", host, {"number": number, "title": title, "status": status, "stage": stage})


def test_a_row_is_a_host_and_a_cell_is_a_step() -> None:
    assert grid().lines(20, 100, 30) == [
        "b +->· Three (10 s)",
        "a +-!· rolled back",
        "1 of 3 hosts done, 1 not well, 1 not begun, about 19 s left",
        "slowest: b 19 s, a 13 s, «One» 7 s on b, «Three» 2 s on a",
    ]


def test_of_many_steps_a_cell_is_a_few_and_of_many_hosts_those_at_work() -> None:
    seen, names = Grid(), [f"h{n}" for n in range(500)]
    seen.see(Event("play", "", {"name": "x", "hosts": names, "steps": 1000}), 0)
    for name in names[:100]:
        seen.see(Event("started", name, {"number": 500, "title": "Half way"}), 1)
    lines = seen.lines(4, 80, 24)
    assert len(lines) == 20
    assert lines[-2] == "0 of 500 hosts done, 400 not begun, 82 more at work"
    assert lines[0].split()[1] == "·" * 29 + ">" + "·" * 29


def test_who_is_connected_is_told_before_anybody_has_begun() -> None:
    seen, names = Grid(), [f"h{n}" for n in range(300)]
    seen.see(Event("play", "", {"name": "x", "hosts": names, "steps": 9}), 0)
    for name in names[:200]:
        seen.see(Event("connected", name, {"python": "3.11"}), 1)
    seen.see(Event("error", "h299", {"status": "unreachable"}), 2)
    assert seen.lines(3, 80, 24)[-1] == "200 of 300 hosts connected, 1 not well"


def test_nothing_is_cut_off_on_a_narrow_terminal() -> None:
    lines = grid().lines(20, 40, 30)
    assert lines[2:4] == ["1 of 3 hosts done, 1 not well", "1 not begun, about 19 s left"]
    seen = Grid()
    seen.see(Event("play", "", {"name": "x", "hosts": ["a", "b"], "steps": 1000}), 0)
    seen.see(Event("started", "a", {"number": 1, "title": "One"}), 1)
    assert "One (3 s)" in seen.lines(4, 40, 30)[0][:39]


@pytest.mark.parametrize(
    "title", ["A title ", "\N{CJK UNIFIED IDEOGRAPH-8A2D}\N{CJK UNIFIED IDEOGRAPH-5B9A}"]
)
def test_the_view_is_as_wide_as_the_terminal_that_it_is_drawn_on(
    monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    """Results may go to a file, as with `harden apply site.yml > out`."""
    monkeypatch.delenv("COLUMNS", raising=False)
    own, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 16, 48, 0, 0))
    with open(theirs, "w", encoding="utf-8") as stream, open(own, "rb", 0) as screen:
        progress = Progress(stream, threading.Lock())
        progress.see(Event("play", "", {"name": "x", "hosts": ["a", "b"], "steps": 30}))
        progress.see(Event("started", "a", {"number": 1, "title": title * 20}))
        progress.draw(time.monotonic() + 9)
        drawn = screen.read(4096).decode().split("\r\x1b[K")[-1]
        progress.end()
    assert title in drawn
    assert max(map(cells, drawn.splitlines())) in (46, 47)


def test_one_host_has_no_view_and_a_short_play_neither() -> None:
    seen = Grid()
    seen.see(Event("play", "", {"name": "x", "hosts": ["a"], "steps": 4}), 0)
    assert seen.lines(9, 80, 24) == []
    assert grid().lines(0.5, 80, 24) == []


def test_times() -> None:
    assert [span(0.4), span(89), span(120)] == ["0 s", "89 s", "2 min"]


class Screen:
    """As much of a terminal (ECMA-48) as is drawn with: lines up, a line erased."""

    def __init__(self) -> None:
        self.lines, self.row, self.column = [""], 0, 0

    def feed(self, text: str) -> None:
        for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.row += 1
                self.lines += [""] * (self.row >= len(self.lines))
            elif part.startswith("\x1b"):
                self.row -= part == "\x1b[A"
                if part == "\x1b[K":
                    self.lines[self.row] = self.lines[self.row][: self.column]
            else:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + part + line[self.column + len(part) :]
                self.column += len(part)


def test_thirty_hosts_on_a_terminal(tmp_path: Path) -> None:
    """Their rows are drawn as it happens; at the end stands what would stand in a file."""
    site(tmp_path)
    text = on_a_terminal(tmp_path, "apply", "play.yml", "-i", "hosts.json", "--yes", "-f", "30")
    frames = [frame for frame in text.split("\r\x1b[K") if "hosts done" in frame]
    rows = [re.findall(r"^(web\d\d) [=+>·?!-]{12} ", frame, re.MULTILINE) for frame in frames]
    assert max(map(len, rows)) > 5
    assert any(
        re.search(r"^web\d\d \+*>·+ .*Step \d+ \(\d s\)", frame, re.MULTILINE) for frame in frames
    )
    assert any("of 30 hosts done" in frame and "slowest: web" in frame for frame in frames)
    screen = Screen()
    screen.feed(text)
    left = [line.rstrip() for line in screen.lines if line.strip()]
    assert not [line for line in left if "hosts done" in line or "slowest" in line]
    assert [line for line in left if line.startswith("changed  web")][-30:] == [
        f"changed  {name}  12 changed" for name in HOSTS
    ]
    assert len([line for line in left if "create file:/etc/new-" in line]) == 30 * STEPS


def site(folder: Path) -> None:
    hosts = {}
    for name in HOSTS:
        (folder / name / "etc").mkdir(parents=True)
        hosts[name] = {"root": str(folder / name)}
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    steps = "".join(
        f"    - {{name: Step {n}, file: {{path: /etc/new-{n}, content: x}}}}\n"
        for n in range(1, STEPS + 1)
    )
    (folder / "play.yml").write_text(f"- hosts: all\n  gather_facts: false\n  steps:\n{steps}")


def on_a_terminal(folder: Path, *words: str) -> str:
    """Run `harden` on a terminal of its own; return all that it wrote."""
    own, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(folder / "state"),
        "NO_COLOR": "1",
        "TERM": "xterm",
    }
    environment = {
        key: each for key, each in environment.items() if key not in ("COLUMNS", "LINES")
    }
    started = subprocess.Popen(
        [str(HARDEN), *words],
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    text = b""
    while chunk := read(own):
        text += chunk
    assert started.wait(60) == 0, text.decode()
    return text.decode().replace("\r\n", "\n").replace("\n", "\r\n")


def read(fd: int) -> bytes:
    try:
        return os.read(fd, 65536)
    except OSError:  # EIO: the other side is closed (pty(7))
        return b""
