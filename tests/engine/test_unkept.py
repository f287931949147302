"""A run that can't be kept, since the state folder may not be made, is refused in words."""

from pathlib import Path

import pytest
from sandbox import Sandbox

from hardener.host.errors import HostError


def test_no_run_without_a_place_for_it(tmp_path: Path) -> None:
    def refuse(what: str, path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    with pytest.raises(HostError) as caught:
        Sandbox(tmp_path, refuse).rollback()
    assert caught.value.what == "no run can be kept in /var/lib/hardener"
    assert "Permission denied" in caught.value.why
    assert "XDG_STATE_HOME" in caught.value.hint
