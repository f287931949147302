"""Commands of a playbook, run by the real shell: how they run, when they don't, how they are undone."""

import os
from pathlib import Path

import pytest
from played import Played

HEAD = "- name: play\n  hosts: all\n  steps:\n"


@pytest.fixture
def host(tmp_path: Path) -> Played:
    return Played(tmp_path)


def test_what_it_makes_may_be_read_by_others(host: Played) -> None:
    """Our own umask is private, as the bootstrap sets it."""
    was = os.umask(0o077)
    try:
        made = '    - command: {cmd: "touch {{ here }}/a", touches: ["{{ here }}/a"]}\n'
        assert host.do(HEAD + made) == "changed", host.errors()
    finally:
        os.umask(was)
    assert (host.here / "a").stat().st_mode & 0o777 == 0o644
