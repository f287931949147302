"""Kinds that only look: they write nothing, and say the same twice."""

import os
from pathlib import Path

import needs
import pytest
from laws.world import counting
from tree import lay, listing

from hardener.host.door.system import System
from hardener.host.kinds import Kinds
from hardener.host.record.store import Store

SUPERVISORD = "[unix_http_server]\nfile=/run/s.sock\n[supervisord]\n[program:x]\ncommand=/bin/cat\n"


KINDS = [
    ("log_host", "logs.example:1 /no-ca /no-certificate /no-key"),
    ("supervisord", "/etc/s.conf"),
    ("supervisord", "/no"),
    ("pidfile", "/x.pid"),
    ("port", "tcp 22"),
    ("running_as", "0"),
    ("sshd", "/no"),
    ("web", "data:,hello"),
]


@pytest.mark.parametrize(("kind", "id"), KINDS)
def test_reading_changes_nothing(tmp_path: Path, kind: str, id: str) -> None:
    needs.root()
    seen, watch = counting()
    lay(tmp_path, {"/etc/s.conf": SUPERVISORD, "/x.pid": "7\n"})
    before = listing(tmp_path, leave_out=())
    system = System(str(tmp_path), watch)
    lens = Kinds(system, Store(system, str(tmp_path / "state")))[kind]
    first, second = (lens.read([id])[id] for _ in range(2))
    assert first == second
    assert first == lens.canonical(id, first)
    assert (seen, listing(tmp_path, leave_out=())) == ([], before)


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in KINDS}))
def test_nobody_writes_by_them(tmp_path: Path, kind: str) -> None:
    system = System(str(tmp_path))
    with pytest.raises((AssertionError, NotImplementedError)):
        Kinds(system, Store(system))[kind].write("x", None, None)
    assert os.listdir(tmp_path) == []
