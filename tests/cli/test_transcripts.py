"""What a person types, and what they see: every tests/cli/*.txt is played in a folder of its own.

--- path          a file: the lines up to the next `---` or `$`
$ command         run by sh; what follows is its output, both streams, as it comes
? 3               how it ended, where that is not 0

`…` stands for what is never the same: run ids, times, this folder. In a command it is the
newest run id that was seen, in a file this folder. HARDENER_TRANSCRIPTS=write writes down what is said now.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest

HERE = Path(__file__).parent
RUN = re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{6}\b")
TIME = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b")
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


class Stage:
    """A folder in which commands run, with a home and a state of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run_id = ""

    def lay(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("…", str(self.folder)))

    def run(self, command: str) -> str:
        """Return what was said, made the same every time, and the exit code's line."""
        done = subprocess.run(
            ["sh", "-c", command.replace("…", self.run_id)],
            cwd=self.folder, env=self.environment(), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False,
        )  # fmt: skip
        self.run_id = (RUN.findall(done.stdout) or [self.run_id])[-1]
        return self.same(done.stdout) + (f"? {done.returncode}\n" if done.returncode else "")

    def environment(self) -> dict[str, str]:
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        state = str(self.folder / "state")
        return {
            "PATH": programs,
            "HOME": str(self.folder),
            "XDG_STATE_HOME": state,
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
        }

    def same(self, text: str) -> str:
        text = text.replace(str(self.folder), "…")
        for varies in (RUN, TIME, DIGEST):
            text = varies.sub("…", text)
        return "".join(line.rstrip() + "\n" for line in text.splitlines())


def parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (mark, rest of its line, what follows) of a transcript; mark is `---`, `$` or "" ."""
    for part in re.split(r"(?m)^(?=--- |\$ )", text):
        first, _, rest = part.partition("\n")
        mark, _, words = first.partition(" ")
        yield (mark, words, rest) if mark in ("---", "$") else ("", "", part)


def play(text: str, stage: Stage) -> str:
    """Return the transcript as it is today."""
    told = ""
    for mark, words, rest in parts(text):
        if mark == "---":
            stage.lay(words, rest)
        said = stage.run(words) if mark == "$" else rest
        told += f"{mark} {words}\n{said}" if mark else rest
    return told


@pytest.mark.parametrize("path", sorted(HERE.glob("*.txt")), ids=lambda path: path.stem)
def test_transcript(path: Path, tmp_path: Path) -> None:
    needs.root()
    expected = path.read_text("utf-8")
    told = play(expected, Stage(tmp_path))
    if os.environ.get("HARDENER_TRANSCRIPTS") == "write":
        path.write_text(told, "utf-8")
    assert told == expected
