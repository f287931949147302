"""A host that is told nonsense says so, goes on, and has changed nothing that it can't undo."""

import contextlib
import fcntl
import io
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzz import DATA, fuzz, spoilt
from hypothesis import given
from hypothesis import strategies as st
from sandbox import Sandbox, call, filled
from tree import lay, listing

from hardener.connect import NoSecrets, Target
from hardener.connect.bootstrap import ENTRY, arguments
from hardener.connect.code import host_code
from hardener.connect.local import open_local
from hardener.host.door.system import System
from hardener.host.wire import frames
from hardener.host.wire.frames import LIMIT, Frames, pack
from hardener.host.wire.loop import Conversation, hearing

FILES = {"/etc/app.conf": "a\nb\n", "/etc/other": "x\n"}


def answers(root: Path, *stream: bytes) -> list[list[dict[str, Any]]]:
    """Feed a host these frames; return the events of each answer, without its `end`."""
    said = io.BytesIO()
    Conversation(Frames(io.BytesIO(b"".join(stream)), said), System(str(root))).serve()
    frames, told = Frames(io.BytesIO(said.getvalue()), io.BytesIO()), []
    answer: list[dict[str, Any]] = []
    while (event := frames.receive()) is not None:
        answer.append(event)
        if event["event"] == "end":
            told.append(answer[:-1])
            answer = []
    assert not answer, "an answer has no end"
    return told


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lay(tmp_path / "host", FILES)
    return tmp_path / "host"


def play() -> dict[str, Any]:
    line = {"path": "/etc/app.conf", "line": "added"}
    steps = [
        call("line", filled("line", line), 1),
        call("file", filled("file", {"path": "/etc/new", "content": "new\n"}), 2),
        {
            "number": 3,
            "title": "Asks",
            "type": "line",
            "where": "",
            "register": None,
            "looped": False,
        },
    ]
    handler = {
        "name": "reload",
        "names": ["reload"],
        "steps": [call("line", filled("line", line), 4)],
    }
    checks = [
        {
            "type": "file",
            "title": "f",
            "where": "",
            "params": filled("file", {"path": "/etc/other"}, "check"),
        }
    ]
    given = {"number": 1, "name": "play", "playbook": "p", "on_failure": "rollback_host",
            "handlers": [handler], "preflight": checks, "verify": checks}  # fmt: skip
    return {
        "do": "play", "run": "run-1", "play": given, "steps": steps[:2], "dry_run": False, "wait": 0,
    }  # fmt: skip


WORDS = st.sampled_from(
    [
        play(),
        {
            "do": "rollback",
            "target": None,
            "run": "run-2",
            "dry_run": True,
            "force": ["file:/etc/x"],
            "wait": 0,
        },
        {"do": "show", "run": "run-1"},
        {"do": "diff", "run": "run-1"},
        {"do": "history"},
        {"do": "facts"},
    ]
)


def tame(value: Any) -> Any:
    """Leave out what would only make the host wait as it was told: hours, and a thousand tries."""
    if isinstance(value, dict):
        return {k: 0 if k in ("delay", "retries", "wait") else tame(v) for k, v in value.items()}
    return [tame(each) for each in value] if isinstance(value, list) else value


def test_a_host_survives_every_message(tally: Any, tmp_path_factory: Any) -> None:
    """Nothing but what it reports has changed, and the next message is answered as ever."""
    tried, trees = [], iter(range(1 << 30))
    base = tmp_path_factory.mktemp("hosts")

    def judge(message: Any) -> None:
        here = base / str(next(trees))
        lay(here, FILES)
        before = listing(here)
        # A host that asks something back takes the next word for an answer: it has some to spare.
        told, *_, facts = answers(here, pack(tame(message)), *[pack({"do": "facts"})] * 20)
        tried.append(told)
        assert [event["event"] for event in facts] == ["facts"]
        ends = [event["status"] for event in told if event["event"] == "done"]
        if "changed" not in ends:
            assert listing(here) == before, told
        if not ends and message.get("do") in ("play", "rollback"):
            assert any(event["event"] == "error" for event in told)

    @fuzz(80)
    @given(spoilt(WORDS))
    def spoilt_a_little(message: Any) -> None:
        judge(message)

    @fuzz(150)
    @given(spoilt(st.just(play()["play"])), spoilt(st.just(play()["steps"])))
    def plays(spoilt_play: Any, spoilt_steps: Any) -> None:
        judge({**play(), "play": spoilt_play, "steps": spoilt_steps})

    @fuzz(30)
    @given(st.dictionaries(st.sampled_from(["do", "run", "play", "error"]), DATA, max_size=4))
    def nonsense(message: Any) -> None:
        judge(message)

    spoilt_a_little()
    plays()
    nonsense()
    tally("messages to a host, malformed", tried=len(tried))


MISTAKES = {
    "no-word": ({}, "says nothing that a host can do"),
    "no-such-word": ({"do": "dance"}, "says nothing that a host can do"),
    "a-word-that-is-none": ({"do": {"x": 1}}, "says nothing that a host can do"),
    "of-the-object": ({"do": "_class__"}, "says nothing that a host can do"),
    "missing": ({"do": "play", "run": "run-1"}, "lacks `play`"),
    "unknown": ({"do": "facts", "x": 1}, "holds 'x'"),
    "no-steps": ({"do": "play", "run": "run-1", "play": {}}, "lacks `steps`"),
    "run-is-a-number": ({**play(), "run": 1}, "`run` of a message is a int"),
    "play-is-a-list": ({**play(), "play": []}, "`play` of a message is a list"),
    "steps-are-none": ({**play(), "steps": {}}, "`steps` of a message is a dict"),
    "wait-is-a-boolean": ({**play(), "wait": True}, "`wait` of a message is a bool"),
    "run-leads-away": ({"do": "show", "run": "../../etc"}, "no run"),
    "run-with-a-newline": ({"do": "show", "run": "run-1\n"}, "no run"),
}


@pytest.mark.parametrize(("message", "what"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(root: Path, message: dict[str, Any], what: str) -> None:
    (told,) = answers(root, pack(message))
    (error,) = told
    assert error["event"] == "error"
    assert error["type"] != "Bug"
    assert what in error["what"]


def test_a_malformed_frame_between_two_words_is_an_error_of_its_own(root: Path) -> None:
    words = pack({"do": "facts"}), b"\0\0\0\3{x}", pack({"do": "history"})
    facts, error, history = answers(root, *words)
    assert facts[0]["event"] == "facts"
    assert (error[0]["event"], error[0]["type"]) == ("error", "ProtocolError")
    assert history == []


ANSWERS = {
    "nothing": b"",
    "half": pack({"calls": []})[:7],
    "oversized": struct.pack(">I", LIMIT + 1),
    "no-json": b"\0\0\0\3{x}",
    "another-word": pack({"do": "facts"}),
    "no-calls": pack({"verdict": {}}),
    "calls-of-text": pack({"calls": "all"}),
    "odd-error": pack({"error": {"what": 5, "x": {}}}),
    "error-of-text": pack({"error": "no"}),
    "senseless-calls": pack({"calls": [1]}),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_controller_that_answers_nonsense_changes_nothing(root: Path, answer: bytes) -> None:
    """The host asks before it writes (the preview needs the answer too), and in the middle of the apply."""
    asks = {"number": 3, "title": "Asks", "type": "line", "where": "", "register": None}
    message = play()
    message["steps"].append(asks)
    before = listing(root)
    told = answers(root, pack(message), answer)
    assert listing(root) == before
    assert any(event.get("status") == "refused" or event["event"] == "error" for event in told[0])
    good = pack({"calls": []})
    told = answers(root, pack({**message, "run": "run-9"}), good, good, answer)
    assert listing(root) == before
    assert any(e["event"] == "phase" and e["phase"] == "apply" for e in told[0])
    assert any(e["event"] == "undone" for e in told[0])


def test_what_a_host_has_begun_is_heard_before_it_writes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it lost there, the controller would go by that (what it has changed, which rescue is due)."""
    monkeypatch.setattr(frames, "PAUSE", 5)  # what waits for more waits long
    said, at_writing = io.BytesIO(), []
    wire = Frames(io.BytesIO(pack(play())), said)
    hear = hearing(wire)

    def watch(operation: str, path: str) -> None:
        hear(operation, path)
        if operation == "rename" and path.startswith("/etc"):
            at_writing.append(said.getvalue())

    Conversation(wire, System(str(root), watch)).serve()
    told = [list(iter(Frames(io.BytesIO(each), io.BytesIO()).receive, None)) for each in at_writing]
    assert [events[-1].get("number") for events in told] == [1, 2]
    for events in told:
        assert {"event": "phase", "phase": "apply"} in events
        assert events[-1]["event"] == "started"


# The process itself


@pytest.fixture
def host(root: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """A started host whose code is kept already; its greeting is read."""
    target = Target(name="here", kind="local", root=str(root))
    open_local(target, NoSecrets(), host_code()).close()
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        words = [sys.executable, *arguments(target, host_code(), "mark:", ENTRY)]
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline().startswith(b"mark:")
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe
            with contextlib.suppress(OSError):
                pipe.close()


def hung_up(
    process: subprocess.Popen[bytes], sent: bytes
) -> tuple[int, list[dict[str, Any]], bytes]:
    """Send, keep the pipe open, and wait for its end: (exit code, events, stderr)."""
    assert process.stdin
    process.stdin.write(sent)
    process.stdin.flush()
    assert process.stdout and process.stderr
    frames = Frames(process.stdout, io.BytesIO())
    events = list(iter(frames.receive, None))
    return process.wait(10), events, process.stderr.read()


def test_a_frame_over_the_limit_ends_the_host_with_a_word(host: Any) -> None:
    code, events, stderr = hung_up(host(), b"\xff\xff\xff\xff" + bytes(100))
    assert (code, stderr) == (1, b"")
    assert [event["event"] for event in events] == ["error", "end"]
    assert "over the limit" in events[0]["what"]


def test_an_announced_frame_that_never_comes_takes_no_memory(host: Any) -> None:
    process = host()
    process.stdin.write(struct.pack(">I", LIMIT) + b"{" * 1000)
    process.stdin.flush()
    wait_until_read(process)
    assert resident(process.pid) < 40 << 20
    process.stdin.close()
    assert process.wait(10) == 1


def test_a_host_outlives_a_controller_that_does_not_listen(host: Any) -> None:
    """It ends with 1 and one line at most, not with a traceback."""
    process = host()
    process.stdout.close()
    process.stdin.write(pack({"do": "facts"}) * 50)
    process.stdin.close()
    assert process.wait(10) is not None


def wait_until_read(process: subprocess.Popen[bytes]) -> None:
    """Wait until it has taken all that was sent, and waits for more."""
    end = time.monotonic() + 10
    while unread(process) or not asleep(process.pid):
        assert time.monotonic() < end, "it does not read"
        time.sleep(0.01)


def unread(process: subprocess.Popen[bytes]) -> int:
    """The bytes in the pipe: ioctl_tty(2)."""
    assert process.stdin
    count = bytearray(4)
    fcntl.ioctl(process.stdin, termios.FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


def asleep(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("S")


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def test_the_sandbox_would_see_a_change(root: Path) -> None:
    """What these tests rest on: a play that is well formed changes the tree."""
    before = listing(root)
    (told,) = answers(root, pack(play()))
    assert told[-1]["status"] == "changed"
    assert listing(root) != before
    assert Sandbox(root).rollback() == "rolled back"
    assert listing(root) == before
