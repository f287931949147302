"""An audit: how a host compares with each step, whatever the others come to; and it writes nothing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, call, filled, step
from tree import lay, listing


class Auditing(Sandbox):
    """A sandbox whose plays are audits."""

    def audit(self, *steps: dict[str, Any], **more: Any) -> str:
        self.events.clear()
        self.system = self.system.looking()
        return self.engine().audit({"number": 1, "name": "play", "steps": list(steps), **more})

    def told(self) -> dict[str, str]:
        return {e["title"]: e["status"] for e in self.events if e["event"] == "step"}


@pytest.fixture
def host(tmp_path: Path) -> Auditing:
    needs.root()
    lay(tmp_path, {"/etc/motd": "hello\n", "/etc/issue": "x\n"})
    return Auditing(tmp_path)


def quiet(host: Auditing, *steps: dict[str, Any], **more: Any) -> str:
    """Audit, and have nothing written."""
    before = listing(host.root, leave_out=())
    status = host.audit(*steps, **more)
    assert listing(host.root, leave_out=()) == before
    return status


def test_all_as_it_should_be(host: Auditing) -> None:
    assert quiet(host, step("line", path="/etc/motd", line="hello")) == "ok"
    assert host.told() == {"line 1": "ok"}


def test_later_steps_are_told_whatever_the_earlier_come_to(host: Auditing) -> None:
    steps = (
        step("line", 1, path="/etc", line="x"),
        step("line", 2, path="/etc/motd", line="more"),
        step("line", 3, path="/etc/issue", line="x"),
    )
    assert quiet(host, *steps) == "failed"
    assert host.told() == {"line 1": "failed", "line 2": "differs", "line 3": "ok"}
    assert "+more" in host.diff("audit")


def test_a_later_step_sees_what_an_earlier_one_would_write(host: Auditing) -> None:
    steps = (
        step("file", 1, path="/etc/new", state="directory"),
        step("file", 2, path="/etc/new/a", content="one\n"),
    )
    assert quiet(host, *steps) == "differs"
    assert host.told() == {"file 1": "differs", "file 2": "differs"}


def test_commands_are_not_run(host: Auditing) -> None:
    """But for those that ask; a guard says whether one is needed."""
    steps = (
        step("command", 1, cmd="touch /etc/one", irreversible=True),
        step("command", 2, cmd="touch /etc/two", creates="/etc/two", irreversible=True),
        step("command", 3, cmd="touch /etc/three", creates="/etc/motd", irreversible=True),
        call("command", {**filled("command", {"cmd": "x", "irreversible": True}), "harmless": True}, 4, never_changed=True),
    )  # fmt: skip
    assert quiet(host, *steps) == "differs"
    told = {"command 1": "unknown", "command 2": "differs", "command 3": "ok"}
    assert host.told() == {**told, "command 4": "skipped"}


def test_what_only_a_command_could_tell_is_no_difference(host: Auditing) -> None:
    assert quiet(host, step("command", cmd="touch /etc/one", irreversible=True)) == "ok"


def test_checks_are_not_asked(host: Auditing) -> None:
    check: dict[str, Any] = {
        "type": "command",
        "title": "c",
        "params": filled("command", {"cmd": "false"}, "check"),
    }
    check |= {"retries": 0, "delay": 0}
    first = call("line", filled("line", {"path": "/etc/motd", "line": "hello"}), preflight=[check])
    assert quiet(host, first, preflight=[check], verify=[check]) == "ok"


def test_a_rescue_is_told_where_its_block_fails(host: Auditing) -> None:
    assert quiet(host, rescued("/etc")) == "differs"
    assert host.told() == {"line 1": "unknown", "rescue": "differs"}


def rescued(path: str) -> dict[str, Any]:
    rescue = call("line", filled("line", {"path": "/etc/motd", "line": "r"}), 2, title="rescue")
    tried = step("line", path=path, line="x")
    return {"title": "b", "where": "", "block": [tried], "rescue": [rescue], "always": []}


def test_a_validator_is_not_asked(host: Auditing) -> None:
    """It would have to lay the file out."""
    params = filled("file", {"path": "/etc/motd", "content": "x\n", "validate": "/bin/false %s"})
    assert quiet(host, call("file", params)) == "differs"


def test_a_handler_of_what_differs_is_told(host: Auditing) -> None:
    write = call("line", filled("line", {"path": "/etc/motd", "line": "y"}), notify=["after"])
    after = step("command", 2, cmd="touch /etc/after", irreversible=True)
    handler = {"name": "after", "names": ["after"], "steps": [after]}
    assert quiet(host, write, handlers=[handler]) == "differs"
    assert host.told() == {"line 1": "differs", "command 2": "unknown"}
    assert quiet(host, step("line", path="/etc/motd", line="hello"), handlers=[handler]) == "ok"


@pytest.fixture
def shut() -> Iterator[Auditing]:
    """A host of which an outsider may not read all; its folder is one that they can get to."""
    needs.root()
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="audit-") as folder:
        os.chmod(folder, 0o755)
        lay(Path(folder), {"/etc/motd": "hello\n", "/etc/secret": "s\n", "/keep/in/x": "x\n"})
        os.chmod(folder + "/etc/secret", 0o600)
        os.chmod(folder + "/keep", 0o700)
        yield Auditing(folder)


@contextmanager
def outsider() -> Iterator[None]:
    """Be nobody for a while."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def audited_by_an_outsider(host: Auditing, *steps: dict[str, Any]) -> str:
    quiet(host, *steps)  # loads our modules, which may lie where nobody may read
    before = listing(host.root, leave_out=())
    with outsider():
        status = host.audit(*steps)
    assert listing(host.root, leave_out=()) == before
    return status


def test_what_may_not_be_read_is_named(shut: Auditing) -> None:
    steps = (
        step("line", 1, path="/etc/secret", line="x"),
        step("file", 2, path="/keep/in/x", state="absent"),
        step("line", 3, path="/etc/motd", line="hello"),
        step("command", 4, cmd="true", creates="/keep/in/*", irreversible=True),
    )
    assert audited_by_an_outsider(shut, *steps) == "unseen"
    assert shut.told() == {
        "line 1": "unseen",
        "file 2": "unseen",
        "line 3": "ok",
        "command 4": "unseen",
    }
    for path in ("/etc/secret", "/keep/in"):
        assert path in shut.errors()
    assert shut.errors().count("Permission denied") == 3


def test_what_differs_counts_more_than_what_is_not_seen(shut: Auditing) -> None:
    steps = (
        step("line", 1, path="/etc/secret", line="x"),
        step("line", 2, path="/etc/motd", line="x"),
    )
    assert audited_by_an_outsider(shut, *steps) == "differs"


def test_nothing_is_rescued_that_was_only_not_seen(shut: Auditing) -> None:
    assert audited_by_an_outsider(shut, rescued("/etc/secret")) == "unseen"
    assert shut.told() == {"line 1": "unseen"}


def test_what_is_secret_stays_so_where_it_is_not_seen(shut: Auditing) -> None:
    params = filled("line", {"path": "/etc/secret", "line": "hunter2"})
    assert audited_by_an_outsider(shut, call("line", params, no_log=True)) == "unseen"
    assert "hunter2" not in repr(shut.events)


def test_a_question_that_only_root_may_ask_is_not_seen(shut: Auditing) -> None:
    asks = filled("command", {"cmd": "true", "query": True})
    assert audited_by_an_outsider(shut, call("command", asks)) == "unseen"
    assert "unbooted tree" in shut.errors()


def test_what_may_be_secret_is_hidden_from_who_may_not_know(shut: Auditing) -> None:
    """Which files were written by secret steps stands in the journals of root."""
    os.makedirs(shut.root / "var/lib/hardener/runs", mode=0o700)
    os.chmod(shut.root / "var/lib/hardener", 0o700)
    assert audited_by_an_outsider(shut, step("line", path="/etc/motd", line="more")) == "differs"
    assert shut.diff("audit") == ["  ********"]


def test_a_question_that_must_run_as_somebody_else_is_not_seen(shut: Auditing) -> None:
    lay(shut.root, {"/etc/passwd": "root:x:0:0::/root:/bin/sh\n"})
    asks = filled("command", {"cmd": "true", "query": True})
    assert audited_by_an_outsider(shut, call("command", asks, become_user="root")) == "unseen"
    assert "as user 0" in shut.errors()


def test_what_a_search_finds_amiss_differs(host: Auditing) -> None:
    """A step that mends nothing tells of it, and a control is not fulfilled by being looked at."""
    os.chown(host.root / "etc/issue", 4321, 0)
    found = step("permissions", 1, below=["/etc"], only="unowned")
    plain = step("permissions", 2, paths=["/etc/motd"])
    assert quiet(host, found, plain) == "differs"
    assert host.told() == {"permissions 1": "differs", "permissions 2": "ok"}
    told = [e for e in host.events if e["event"] == "step"]
    assert told[0]["why"] == "/etc/issue is 0644, of 4321:0"
    assert Sandbox(host.root).play(found) == "ok"
    os.chown(host.root / "etc/issue", 0, 0)
    assert quiet(host, found) == "ok"
