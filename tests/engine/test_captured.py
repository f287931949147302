"""What somebody who is not root may not read of a host is said, and ends no capture."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import needs
import pytest
from sandbox import Sandbox
from tree import lay

from hardener.host.capture import captured
from hardener.host.run.view import View


@pytest.fixture
def host() -> Iterator[Path]:
    """A folder of its own below /tmp: that of pytest is root's alone."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_what_may_not_be_read_is_said(host: Path) -> None:
    needs.root()
    lay(host, {"/etc/logrotate.d/a": "/a {}\n", "/etc/logrotate.d/b": "/b {}\n"})
    (host / "etc/logrotate.d/b").chmod(0)
    engine = Sandbox(host).engine()
    os.seteuid(65534)
    try:
        view = View(engine.kinds, engine.facts)
        found = list(captured(["logrotate", "sysctl"], view, engine.system))
    finally:
        os.seteuid(0)
    assert [each["name"] for each in found] == ["Rotation of a", "What else there is of logrotate"]
    assert found[1]["left"] == "/etc/logrotate.d/b may not be read"
