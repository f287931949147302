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

from hardener.playbook.results import common
from hardener.playbook.schemas import language, shipped

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


def result(host: Sandbox) -> dict[str, Any]:
    """Return what `register` would have kept of the step, in the last stage that ran."""
    told: list[dict[str, Any]] = [e["result"] for e in host.events if e["event"] == "told"]
    return told[-1]


def only_known(type: str, host: Sandbox) -> None:
    """What a step returns is what its schema says that it does."""
    known = {**common()["every"], **language().schema("step", type).data["returns"]}
    assert result(host).keys() <= known.keys()


def _apply(data: dict[str, Any], host: Sandbox, call: dict[str, Any]) -> None:
    status = host.play({**call, "once": True})
    assert status == ("changed" if data["changes"] else "ok"), host.errors()
    only_known(call["type"], host)
    assert not [event for event in host.events if event["event"] == "diverged"]
    for path, text in data.get("after", {}).items():
        file = host.root / path.lstrip("/")
        found = file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else None
        assert found == text, path


def _second_run(host: Sandbox, call: dict[str, Any]) -> None:
    after = listing(host.root)
    assert host.play(call) == "ok", host.changes("preview")
    assert listing(host.root) == after


ELSEWHERE = (
    "command",
    "git",
    "git_maintenance",
    "port",
)  # tests/engine/test_results.py has a host for these
RETURNS = [
    name
    for name in shipped().names("step")
    if shipped().schema("step", name).data["returns"] and name not in ELSEWHERE
]


@pytest.mark.parametrize("type", RETURNS)
def test_all_that_a_type_returns_is_there_in_some_case(type: str, tmp_path: Path) -> None:
    """Else a playbook could ask for what no host ever tells."""
    needs.root()
    found: set[str] = set()
    for number, path in enumerate(each for each in CASES if each.parent.name == type):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        needs.program(*data.get("programs", ()))
        if "error" not in data:
            lay(tmp_path / str(number), data.get("files", {}))
            host = by_python.sandbox(tmp_path / str(number))
            host.play({**step(type, **data["params"]), "once": True}, dry_run=True)
            found |= result(host).keys()
    returns = language().schema("step", type).data["returns"].keys()
    assert found - common()["every"].keys() == returns
