"""A pipe to this machine, and what the bootstrap does with the code, under each Python (D31)."""

from __future__ import annotations

import base64
import json
import marshal
import os
import stat
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from sandbox import Sandbox

from hardener import connect
from hardener.connect import Target
from hardener.connect.child import ChildPipe
from hardener.connect.code import Code, host_code
from hardener.connect.laps import Laps
from hardener.connect.start import Start, meet
from hardener.errors import ConnectionLost, PythonMissing, UsageError
from hardener.host import snapshots
from hardener.host.wire import bootstrap

PYENV = Path("~/.pyenv/versions").expanduser()
PYTHONS = sorted(
    {str(path) for path in PYENV.glob("3.*/bin/python") if path.exists()} | {sys.executable}
)


@pytest.fixture
def here(tmp_path):
    return Target(name="here", kind="local", root=str(tmp_path))


@pytest.fixture
def start(client_code, here):
    """Open a channel to here, or to what differs from it."""

    def go(code=None, **more):
        target = Target(**{**here.__dict__, **more})
        files, entry = client_code
        return connect.open(target, connect.NoSecrets(), code or files, entry)

    return go


def ask(channel, **message):
    channel.send(message)
    return channel.receive(30)


def install(start):
    """Have the code kept: a host that answers has unpacked it."""
    with start() as channel:
        ask(channel)


def folder(root: Path, code: Code) -> Path:
    return root / "var/lib/hardener/code" / code.digest


def test_a_python_3_6_is_among_those_tested():
    if not any("3.6" in python for python in PYTHONS):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Python 3.6 in pyenv")


@pytest.mark.parametrize("python", PYTHONS)
def test_each_python(start, python, tmp_path, client_code):
    for kept in (False, True):
        with start(python=python) as channel:
            assert channel.hello.kept == kept
            version = "%d.%d.%d" % channel.hello.python
            answer = ask(channel, data=b"\0\xff", text="ü")
        said = subprocess.run([python, "-V"], check=True, capture_output=True, text=True).stdout
        assert said == f"Python {version}\n"
        assert (answer["data"], answer["text"]) == (b"\0\xff", "ü")
        assert answer["root"] == str(tmp_path)
        assert answer["file"].startswith(str(folder(tmp_path, client_code[0])))


@pytest.mark.parametrize("python", PYTHONS)
def test_each_python_from_memory_where_the_disk_keeps_nothing(start, python, tmp_path):
    (tmp_path / "var").write_text("not a folder")
    with start(python=python) as channel:
        assert ask(channel)["file"] == "memory"


@pytest.mark.parametrize("python", PYTHONS)
def test_non_ascii_paths_whatever_the_locale(start, python, tmp_path, monkeypatch):
    for name in ("LANG", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    with start(python=python, root=str(tmp_path / "ü")) as channel:
        assert ask(channel)["file"].startswith(str(tmp_path / "ü"))


@pytest.mark.parametrize("python", PYTHONS)
def test_paths_are_utf_8_in_a_locale_of_another_mind(start, python):
    with start(python=python) as channel:
        assert ask(channel, do="environment")["utf8"] == 1


def bytecode(kept: Path) -> dict[str, bytes]:
    """Read what is kept compiled, by the path of its source."""
    (file,) = kept.glob("bytecode-*")
    return marshal.loads(file.read_bytes())


def test_what_is_kept_is_ours_alone_and_compiled_as_far_as_it_was_used(
    start, tmp_path, client_code
):
    install(start)
    kept = folder(tmp_path, client_code[0])
    for path in (kept.parent.parent, *kept.parent.parent.rglob("*")):
        assert not path.stat().st_mode & 0o077, path
    assert stat.S_IMODE((tmp_path / "var/lib").stat().st_mode) == 0o755
    sources = json.loads((kept / "sources.json").read_text("utf-8"))
    assert set(sources) == set(client_code[0].files)
    assert "hardener/connect/__init__.py" not in sources
    assert {"hardener/host/echo_loop.py", "hardener/host/wire/frames.py"} < set(bytecode(kept))
    assert len(bytecode(kept)) < len(sources) / 4


def test_what_is_used_later_is_compiled_and_kept_then(start, tmp_path, client_code):
    install(start)
    kept = folder(tmp_path, client_code[0])
    before, inode = bytecode(kept), next(kept.glob("bytecode-*")).stat().st_ino
    install(start)
    assert next(kept.glob("bytecode-*")).stat().st_ino == inode, "nothing new: nothing is written"
    with start() as channel:
        ask(channel, do="load", module="hardener.host.text.fstab")
    assert set(bytecode(kept)) - set(before) >= {"hardener/host/text/fstab.py"}
    assert before.items() <= bytecode(kept).items()
    assert sorted(path.name for path in kept.parent.iterdir()) == [kept.name]


def test_a_host_that_is_only_looked_at_is_left_as_it_was(start, tmp_path, client_code):
    install(start)
    kept = folder(tmp_path, client_code[0])
    before = bytecode(kept)
    with start(looks_only=True) as channel:
        assert channel.hello.kept
        ask(channel, do="load", module="hardener.host.text.fstab")
    assert bytecode(kept) == before


@pytest.mark.parametrize(
    "damaged", [lambda data: b"", lambda data: data[:-100], lambda data: bytes(len(data))]
)
def test_bytecode_that_is_damaged_is_made_anew(start, tmp_path, client_code, damaged):
    install(start)
    kept = folder(tmp_path, client_code[0])
    (file,) = kept.glob("bytecode-*")
    file.write_bytes(damaged(file.read_bytes()))
    install(start)
    assert "hardener/host/echo_loop.py" in bytecode(kept)


def test_what_is_kept_starts_without_a_controller(start, tmp_path, client_code):
    install(start)
    kept = folder(tmp_path, client_code[0])
    words = [sys.executable, "-I", "-S", "-X", "utf8", kept / "start.py"]
    entry = ["hardener.host.echo_loop:alone", "one", "two words"]
    said = subprocess.run([*words, *entry], check=True, capture_output=True, text=True).stdout
    assert json.loads(said) == ["one", "two words"], "all of it, and no end but this"
    failed = subprocess.run(
        [*words, "hardener.host.echo_loop:fall"], check=False, capture_output=True, text=True
    )
    assert failed.returncode == 1
    assert 'raise ValueError("it fell")\n' in failed.stderr, "with the lines of its source"


@pytest.mark.parametrize("where", [".", "..", "../.."])
@pytest.mark.parametrize("mode", [0o777, 0o720])
def test_code_that_others_could_change_is_not_run(start, tmp_path, client_code, where, mode):
    install(start)
    kept = folder(tmp_path, client_code[0])
    (kept / "start.py").write_text("raise SystemExit('planted')")
    (kept / where).resolve().chmod(mode)
    with start() as channel:
        assert not channel.hello.kept
        assert ask(channel)["file"] == "memory"


@pytest.mark.parametrize("where", [".", "..", "../.."])
def test_code_of_another_owner_or_behind_a_link_is_not_run(start, tmp_path, client_code, where):
    install(start)
    path = (folder(tmp_path, client_code[0]) / where).resolve()
    real = path.rename(path.with_name("elsewhere"))
    path.symlink_to(real)
    with start() as channel:
        assert not channel.hello.kept
        assert ask(channel)["file"] == "memory"
    path.unlink()
    real.rename(path)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
        with start() as channel:
            assert not channel.hello.kept


def test_a_transfer_that_breaks_leaves_nothing(start, here, tmp_path, client_code):
    code, entry = client_code
    wanted = Start.of(here, "x", connect.NoSecrets(), code, entry)
    with Raw(wanted.argv(sys.executable)) as raw:
        raw.skip_to(wanted.mark.encode(), 1000, 10)
        raw.write((len(code.packed)).to_bytes(4, "big") + code.packed[:1000])
        raw.close()
        assert raw.exit_status() == 1
    assert not list(tmp_path.rglob("*.py"))
    with start() as channel:
        assert not channel.hello.kept


def test_code_with_another_hash_is_not_run(start, tmp_path, client_code):
    code, _ = client_code
    altered = Code(code.files, code.digest)
    altered.__dict__["packed_small"] = bytes(32) + code.packed_small[32:]
    lost = pytest.raises(ConnectionLost, match="does not have the hash")
    with start(altered) as channel, lost:
        ask(channel)
    assert not folder(tmp_path, code).exists()


def test_a_python_without_bz2_takes_it_by_zlib(start, tmp_path, client_code, monkeypatch):
    source = Path(bootstrap.__file__).read_text()
    assert "import bz2" in source
    program = source.replace("import bz2", "import bz2_is_not_there") + "\nmain(sys.argv[2])\n"
    packed = base64.b64encode(zlib.compress(program.encode())).decode()
    monkeypatch.setattr(connect.bootstrap, "program", lambda: packed)
    code = Code(client_code[0].files, client_code[0].digest)
    code.__dict__["packed_small"] = b"not for this one"
    with start(code) as channel:
        assert (channel.hello.kept, channel.hello.bz2) == (False, False)
        assert ask(channel)["file"].startswith(str(folder(tmp_path, code)))


def test_code_over_the_limit_is_not_taken(here, client_code):
    code, entry = client_code
    wanted = Start.of(here, "x", connect.NoSecrets(), code, entry)
    with Raw(wanted.argv(sys.executable)) as raw:
        raw.skip_to(wanted.mark.encode(), 1000, 10)
        raw.read_line(1000, 10)
        raw.write(b"\xff\xff\xff\xff")
        with pytest.raises(ConnectionLost, match="over the limit"):
            raw.read_exactly(1, 10)


def test_many_at_once_install_it_once(start, tmp_path, client_code):
    errors = []

    def one():
        try:
            with start() as channel:
                ask(channel)
        except Exception as error:  # noqa: BLE001 - told to the test below
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    code = client_code[0]
    assert [path.name for path in folder(tmp_path, code).parent.iterdir()] == [code.digest]


def test_leftovers_of_a_killed_transfer_are_swept_after_an_hour(start, tmp_path, client_code):
    parent = folder(tmp_path, client_code[0]).parent
    for name in ("new-1-old", "new-2-young"):
        (parent / name / "deep").mkdir(parents=True)
    for path in (parent, parent.parent):
        path.chmod(0o700)
    (parent / "new-old").touch()
    for name in ("new-1-old", "new-old"):
        os.utime(parent / name, (1, 1))
    install(start)
    assert not list(parent.glob("new*-old"))
    assert (parent / "new-2-young").exists()


def test_more_stderr_than_a_pipe_holds_and_a_stray_print_break_nothing(start):
    with start() as channel:
        assert ask(channel, do="shout", count=1_000_000)["count"] == 1_000_000


def test_a_host_that_closes_its_stderr_is_still_heard(start):
    with start() as channel:
        ask(channel, do="mute")
        for _ in range(2):
            assert ask(channel, data=bytes(1_000_000))["data"] == bytes(1_000_000)


def test_large_messages_both_ways(start):
    with start() as channel:
        data = os.urandom(5_000_000)
        assert ask(channel, data=data)["data"] == data


def test_the_process_ends_with_the_channel(start):
    with start() as channel:
        pid = ask(channel)["pid"]
    assert not Path(f"/proc/{pid}").exists()


def test_a_host_that_finishes_its_work_first_is_not_killed(start, monkeypatch):
    monkeypatch.setattr(ChildPipe, "patience", 0.1)
    with start() as channel:
        pid = ask(channel)["pid"]
        channel.send({"do": "sleep", "seconds": 1})
    try:
        assert Path(f"/proc/{pid}/cmdline").read_bytes()
    finally:
        os.waitpid(pid, 0)


def test_ctrl_c_at_the_terminal_does_not_reach_the_host(start):
    with start() as channel:
        assert os.getsid(ask(channel)["pid"]) != os.getsid(0)


def test_a_process_that_dies_leaves_its_last_words(start):
    lost = pytest.raises(ConnectionLost, match="here: the connection has ended\nlast words")
    with start() as channel, lost:
        ask(channel, do="die")


def test_last_words_are_heard_by_a_late_writer_too(start):
    with start() as channel:
        pid = ask(channel)["pid"]
        channel.send({"do": "die"})
        while ") Z " not in Path(f"/proc/{pid}/stat").read_text():
            time.sleep(0.01)
        with pytest.raises(ConnectionLost, match="last words"):
            for _ in range(500):  # its last thread may hold the pipe a moment longer than its first
                channel.send({})
                time.sleep(0.01)


@pytest.mark.parametrize(
    ("what", "words"), [("babble", "not JSON"), ("boast", "4294967295 bytes, over the limit")]
)
def test_what_is_no_frame(start, what, words):
    with start() as channel, pytest.raises(ConnectionLost, match=words):
        ask(channel, do=what)


def test_silence_times_out(start):
    with start() as channel:
        channel.send({"do": "sleep", "seconds": 1})
        with pytest.raises(ConnectionLost, match="no answer in time"):
            channel.receive(0.1)


def test_closing_twice_is_as_good_as_once(start):
    channel = start()
    channel.close()
    channel.close()
    with pytest.raises(ConnectionLost):
        channel.send({})


def test_a_configured_python_that_is_too_old_is_passed_over(start):
    old = PYENV / "2.7.18/bin/python"
    if not old.exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Python 2.7 in pyenv")
    with start(python=str(old)) as channel:
        assert channel.hello.python >= (3, 6)


def test_no_python_at_all(here, client_code):
    code, entry = client_code
    wanted = Start.of(here, "x", connect.NoSecrets(), code, entry)
    raw = ChildPipe("here", ["env", "PATH=/nonexistent", *wanted.shell_argv()])
    with pytest.raises(PythonMissing, match=r"no Python >= 3.6 on here"):
        meet(raw, wanted, Laps())


@pytest.mark.parametrize("python", ["it's", 'a"b', "$(reboot)", "a\nb", "a\\b", "`x`"])
def test_a_path_of_python_that_a_shell_would_read_as_more(start, python):
    with pytest.raises(UsageError, match="can't be the path of a Python"):
        start(python=python)


def test_equal_files_make_equal_bytes_whatever_their_order():
    assert Code.of({"a": "1", "b": "2"}) == Code.of({"b": "2", "a": "1"})
    assert Code.of({"a": "1"}).digest != Code.of({"a": "2"}).digest


def test_the_code_is_the_hosts_part_alone():

    files = host_code().files
    assert "hardener/__init__.py" in files
    assert "hardener/host/wire/frames.py" in files
    assert all(
        name == "hardener/__init__.py" or name.startswith("hardener/host/") for name in files
    )


class Raw(ChildPipe):
    def __init__(self, argv):
        super().__init__("here", argv)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def test_code_in_use_is_not_removed(start, here, client_code):
    """A removal of snapshots takes code that no run needs, but not from under who works with it."""
    kept = folder(Path(here.root), client_code[0])
    host = Sandbox(here.root)
    for first in (True, False):  # just sent, and found there
        with start() as channel:
            ask(channel)
            snapshots.prune(host.engine(), {"keep": 1})
            assert kept.exists(), first
            ask(channel)
    snapshots.prune(host.engine(), {"keep": 1})
    assert not kept.exists()
    with start() as channel:
        assert ask(channel)
