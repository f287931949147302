"""Kinds that only look: they write nothing, and say the same twice."""

import os
from pathlib import Path

import needs
import pytest
from laws.world import counting
from tree import lay, listing

from hardener.host.kinds import Kinds
from hardener.host.store import Store
from hardener.host.system import System

SUPERVISORD = "[unix_http_server]\nfile=/run/s.sock\n[supervisord]\n[program:x]\ncommand=/bin/cat\n"


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        ("probe", "echo said; exit 3"),
        ("probe", "no-such-program"),
        ("supervisord", "/etc/s.conf"),
        ("supervisord", "/no"),
    ],
)
def test_reading_changes_nothing(tmp_path: Path, kind: str, id: str) -> None:
    needs.root()
    seen, watch = counting()
    root = "/" if kind == "probe" else str(tmp_path)
    lay(tmp_path, {"/etc/s.conf": SUPERVISORD})
    before = listing(tmp_path, leave_out=())
    system = System(root, watch)
    lens = Kinds(system, Store(system, str(tmp_path / "state")))[kind]
    first, second = (lens.read([id])[id] for _ in range(2))
    assert first == second
    assert first == lens.canonical(id, first)
    assert (seen, listing(tmp_path, leave_out=())) == ([], before)


def test_a_probe_tells_how_it_ended() -> None:
    system = System("/")
    lens = Kinds(system, Store(system))["probe"]
    assert tuple(lens.read(["echo said; exit 3"])["echo said; exit 3"]) == (3, "said\n")


def test_nobody_writes_by_them(tmp_path: Path) -> None:
    system = System(str(tmp_path))
    for kind in ("probe", "supervisord"):
        with pytest.raises((AssertionError, NotImplementedError)):
            Kinds(system, Store(system))[kind].write("x", None, None)
    assert os.listdir(tmp_path) == []
