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


@pytest.mark.parametrize("id", ["/etc/s.conf", "/no"])
def test_reading_changes_nothing(tmp_path: Path, id: str) -> None:
    needs.root()
    seen, watch = counting()
    lay(tmp_path, {"/etc/s.conf": SUPERVISORD})
    before = listing(tmp_path, leave_out=())
    system = System(str(tmp_path), watch)
    lens = Kinds(system, Store(system, str(tmp_path / "state")))["supervisord"]
    first, second = (lens.read([id])[id] for _ in range(2))
    assert first == second
    assert first == lens.canonical(id, first)
    assert (seen, listing(tmp_path, leave_out=())) == ([], before)


def test_nobody_writes_by_them(tmp_path: Path) -> None:
    system = System(str(tmp_path))
    with pytest.raises((AssertionError, NotImplementedError)):
        Kinds(system, Store(system))["supervisord"].write("x", None, None)
    assert os.listdir(tmp_path) == []
