"""`vars_prompt` at a real terminal."""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
from pathlib import Path

import needs
import pytest

HARDEN = Path(sys.executable).with_name("harden")
PLAY = """\
- hosts: all
  vars_prompt:
    - {name: release, prompt: "Which release?", default: older, private: false}
    - {name: word, prompt: "The word?", confirm: true}
  steps:
    - file: {path: /etc/release, content: "{{ release }}"}
    - file: {path: /etc/word, content: "{{ word }}"}
- hosts: all
  vars_prompt: [{name: word}]
  steps:
    - file: {path: /etc/again, content: "{{ word }}"}
"""


class Terminal:
    """A command with a terminal of its own, and somebody who types there."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "TERM": "dumb"}
        self._started = subprocess.Popen(
            [str(HARDEN), *words], cwd=folder, env=environment,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - takes no lock
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""

    def _read(self, again: str = "") -> bool:
        """Take what is said next; False at the end. Until then `again` is typed every second."""
        for _ in range(60):
            if select.select([self._ours], [], [], 1)[0]:
                break
            os.write(self._ours, again.encode())
        else:
            raise AssertionError(self.shown)
        try:
            more = os.read(self._ours, 65536).decode()
        except OSError:  # EIO: nobody has the other end open
            return False
        self.shown += more
        return bool(more)

    def answer(self, question: str, text: str) -> None:
        while not self.shown.endswith(question):
            assert self._read(), self.shown
        os.write(self._ours, text.encode())

    def end(self, again: str = "") -> int:
        """Read to the end; return the exit code.

        A Python that is just about to read does not hear a Ctrl-C: people press it once more.
        """
        while self._read(again):
            pass
        os.close(self._ours)
        return self._started.wait(60)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    needs.root()
    (tmp_path / "root/etc").mkdir(parents=True)
    (tmp_path / "play.yml").write_text(PLAY)
    return tmp_path


def test_each_is_asked_once_and_a_private_one_is_never_shown(site: Path) -> None:
    terminal = Terminal(site, "apply", "play.yml", "--root", "root", "--yes", "--diff")
    terminal.answer("Which release? [older]: ", "\n")
    terminal.answer("The word?: ", "canary-{{ 1 }}\n")
    terminal.answer("Repeat for confirmation: ", "canary-{{ 1 }}\n")
    assert terminal.end() == 0, terminal.shown
    etc = site / "root/etc"
    assert (etc / "release").read_text() == "older"
    assert (etc / "word").read_text() == (etc / "again").read_text() == "canary-{{ 1 }}"
    assert "canary" not in terminal.shown
    kept = [path for path in site.rglob("*") if path.is_file() and path.parent != etc]
    journals = [path for path in kept if path.name == "journal.jsonl"]
    assert journals
    assert not [path for path in journals if b"canary" in path.read_bytes()]


def test_who_is_asked_in_vain_reaches_no_host(site: Path) -> None:
    terminal = Terminal(site, "apply", "play.yml", "--root", "root", "--yes")
    terminal.answer("Which release? [older]: ", "newer\n")
    terminal.answer("The word?: ", "\x03")
    assert terminal.end(again="\x03") != 0
    assert not list((site / "root/etc").iterdir())
