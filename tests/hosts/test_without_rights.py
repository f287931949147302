"""Who is not root, and does not ask for it: the preview knows already what would not be let."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import LEFT_OUT, Command
from lab.host import Host
from lab.session import Lab

HOME = "/home/ops"
OWN = (rf"{HOME}/\.local.*",)  # what hardener keeps for who is not root
NOT_LET = {
    "a file of root": {"file": {"path": "/etc/motd", "content": "hi\n"}},
    "a new file in a folder of root": {"file": {"path": "/etc/new", "content": "hi\n"}},
    "another's in a sticky folder": {"file": {"path": "/srv/sticky/theirs", "state": "absent"}},
    "the mode of another's": {"file": {"path": f"{HOME}/theirs", "mode": "0600"}},
    "another's in one's own folder, which a rollback could not give back": {
        "file": {"path": f"{HOME}/theirs", "state": "absent"}
    },
    "to give one's own away": {"file": {"path": f"{HOME}/own", "owner": "trader"}},
}
LET = (
    {"file": {"path": f"{HOME}/own", "content": "hi\n"}},
    {"file": {"path": f"{HOME}/made", "state": "directory"}},
    {"file": {"path": f"{HOME}/made/in", "content": "hi\n"}},
    {"file": {"path": "/srv/sticky/own", "content": "hi\n"}},
)
LAID = f"""
mkdir -p -m 1777 /srv/sticky
echo x > {HOME}/own; chown ops: {HOME}/own; echo x > {HOME}/theirs; chmod 644 {HOME}/theirs
echo x > /srv/sticky/theirs; chown trader: /srv/sticky/theirs
"""


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    host = make_host()
    host.sh(LAID)
    return host


def test_the_preview_is_true(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path, user="ops")
    harden.asks = []
    before = host.hash(leave_out=(*LEFT_OUT, *OWN))
    for what, step in NOT_LET.items():
        play = harden.playbook(step, become=False)
        looked, done = (harden("apply", str(play), *how) for how in (["--dry-run"], ["--yes"]))
        assert (looked.returncode, done.returncode) == (1, 1), (what, looked.stdout, done.stdout)
        for each in (looked.stdout, done.stdout):
            assert "Permission denied" in each and "`become: true`" in each, (what, each)
    assert harden.difference(before, but=OWN) == ""
    play = harden.playbook(*LET, become=False)
    foretold, made = (stage(harden, str(play), name) for name in ("preview", "apply"))
    assert made == foretold and len(made) == len(LET)
    assert harden("rollback").returncode == 0
    assert harden.difference(before, but=OWN) == ""


def stage(harden: Command, play: str, name: str) -> list[dict[str, Any]]:
    """Return the changes that the preview, or the apply, tells of."""
    words = ["--dry-run"] if name == "preview" else ["--yes"]
    done = harden("apply", play, *words, "--format", "jsonl")
    assert done.returncode == 0, done.stdout
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return [c for e in events if e.get("stage") == name for c in e["changes"]]
