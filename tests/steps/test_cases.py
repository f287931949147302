"""Every tests/steps/TYPE/CASE.yml, through preview, apply, second run and rollback (D16, D19).

what: one line
files: {/etc/x: "text", /home/a/b: {content: "text", mode: "0600"}, /d: {directory: true}, /l: {link: to}}
    # and /x.db: {sqlite: "CREATE TABLE …;", owner: 1000}
params: {…}                                    # defaults come from the schema
changes: ["create file:/etc/logrotate.d/x"]    # in order, exactly; [] = nothing to do
after: {/etc/x: "whole text", /etc/y: null}    # null: not there
diff: ["+    daily"]                           # lines that the preview must show
notes: ["part of a note"]
error: "part of the message"                   # instead of changes and after
"""

from pathlib import Path
from typing import Any

import by_python
import needs
import pytest
import yaml
from sandbox import Sandbox, step
from tree import lay, listing

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.yml"))


@pytest.fixture(params=CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, Any], Sandbox]:
    data = yaml.safe_load(request.param.read_text(encoding="utf-8"))
    if data.get("root", True):
        needs.root()
    needs.program(*data.get("programs", ()))
    lay(tmp_path / "host", data.get("files", {}))
    return request.param.parent.name, data, by_python.sandbox(tmp_path / "host")


def test_case(case: tuple[str, dict[str, Any], Sandbox]) -> None:
    type, data, host = case
    before, meant = listing(host.root), listing(host.root, rows=True)
    call = step(type, **data["params"])
    if "error" in data:
        assert host.play(call) in ("refused", "rolled back")
        assert data["error"] in host.errors()
        assert listing(host.root) == before
        return
    _preview(data, host, call, before)
    _apply(data, host, call)
    _second_run(host, call)
    if data["changes"]:
        assert host.rollback() == "rolled back", host.events
        exact = by_python.restores_databases()
        assert listing(host.root, rows=not exact) == (before if exact else meant)


def _preview(data: dict[str, Any], host: Sandbox, call: dict[str, Any], before: Any) -> None:
    status = host.play(call, dry_run=True)
    assert host.changes("preview") == data["changes"], host.errors()
    assert status == ("pending" if data["changes"] else "ok"), host.errors()
    assert listing(host.root) == before
    for line in data.get("diff", ()):
        assert line in host.diff()
    for note in data.get("notes", ()):
        assert any(note in said for said in host.notes()), host.notes()


def _apply(data: dict[str, Any], host: Sandbox, call: dict[str, Any]) -> None:
    status = host.play(call)
    assert status == ("changed" if data["changes"] else "ok"), host.errors()
    assert not [event for event in host.events if event["event"] == "diverged"]
    for path, text in data.get("after", {}).items():
        file = host.root / path.lstrip("/")
        found = file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else None
        assert found == text, path


def _second_run(host: Sandbox, call: dict[str, Any]) -> None:
    after = listing(host.root)
    assert host.play(call) == "ok", host.changes("preview")
    assert listing(host.root) == after
