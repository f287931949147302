"""A file of which only mode and owner are changed is still written: by the program whose log it is."""

import itertools
import subprocess
from pathlib import Path

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay

from hardener.host.undo import history

LOG = "/var/log/app.log"
CLOSE = step("permissions", paths=[LOG], at_most="0640")


class Logged(Sandbox):
    """A host on which a line is logged just before each change of a file's attributes."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, self._log)
        self.file = root / LOG.lstrip("/")
        self._lines = itertools.count(1)

    def _log(self, operation: str, path: str) -> None:
        if operation == "attributes" and self.file.exists():
            with self.file.open("a") as file:
                file.write(f"line {next(self._lines)}\n")

    @property
    def mode(self) -> int:
        return self.file.stat().st_mode & 0o7777


@pytest.fixture
def host(tmp_path: Path) -> Logged:
    needs.root()
    lay(tmp_path, {LOG: "line 0\n"})
    return Logged(tmp_path)


@pytest.mark.parametrize("call", [CLOSE, step("file", path=LOG, mode="0640")])
def test_its_mode_is_put_back_and_its_lines_stay(host: Logged, call: dict[str, object]) -> None:
    assert host.play(call) == "changed", host.errors()
    assert host.mode == 0o640
    assert host.rollback() == "rolled back", host.events
    assert host.mode == 0o644
    assert host.file.read_text() == "line 0\nline 1\nline 2\n"


def test_nothing_is_lost_whenever_it_is_written(host: Logged) -> None:
    """A program logs all the while, while its log is closed, and opened again."""
    with logging(host.file):
        for _ in range(5):
            assert host.play(CLOSE) == "changed", host.errors()
            assert host.rollback() == "rolled back", host.events
    logged = [line for line in host.file.read_text().splitlines() if line.startswith("its ")]
    assert logged == [f"its {n}" for n in range(1, len(logged) + 1)]
    assert len(logged) > 20


def test_its_content_is_no_part_of_the_snapshot(host: Logged) -> None:
    assert host.play(CLOSE) == "changed", host.errors()
    blobs = (host.root / "var/lib/hardener/blobs").iterdir()
    assert not [blob for blob in blobs if b"line 0" in blob.read_bytes()]


def test_a_handler_looks_at_its_mode_alone(host: Logged) -> None:
    """What is logged between two runs is no change that it would have to be told of."""
    handler = {
        "name": "tell",
        "names": ["tell"],
        "steps": [step("file", 2, path="/told", state="touch")],
    }
    close = step("file", path=LOG, mode="0640")
    close["calls"][0]["notify"] = ["tell"]
    assert host.play(close, handlers=[handler]) == "changed", host.errors()
    with host.file.open("a") as file:
        file.write("more\n")
    assert host.play(close, handlers=[handler]) == "ok", host.changes("preview")


def test_what_is_logged_since_is_no_drift_and_another_mode_is(host: Logged) -> None:
    assert host.play(CLOSE) == "changed", host.errors()
    with host.file.open("a") as file:
        file.write("more\n")
    assert drift(host) == []
    host.file.chmod(0o600)
    assert drift(host) == ["file:" + LOG]


def drift(host: Sandbox) -> list[str]:
    found: list[dict[str, str]] = []
    history.since(host.engine(), None, found.append)
    return [event["resource"] for event in found]


def test_one_that_is_rotated_away_has_nothing_to_be_put_back(host: Logged) -> None:
    assert host.play(CLOSE) == "changed", host.errors()
    host.file.rename(f"{host.file}.1")
    assert host.rollback() == "rolled back", host.events
    assert not host.file.exists()


def test_what_is_written_over_it_later_is_undone_and_proved_with_its_mode(host: Logged) -> None:
    """Of two changes of one file the proof asks for both: the last line is not what was put back."""
    assert host.play(CLOSE, step("file", 2, path=LOG, content="new\n")) == "changed"
    assert host.rollback() == "partly rolled back", host.events
    assert (host.mode, host.file.read_text()) == (0o644, "line 0\nline 1\nline 2\n")


class logging:  # noqa: N801 - reads as what it does
    """A program that appends numbered lines to a file, some hundred in a second."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> None:
        loop = 'n=0; exec >>"$1"; while :; do n=$((n+1)); echo "its $n"; sleep 0.001; done'
        self._program = subprocess.Popen(["sh", "-c", loop, "sh", str(self._file)])

    def __exit__(self, *_: object) -> None:
        self._program.kill()
        self._program.wait()
