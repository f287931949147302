"""Labels that the kernel gives by itself: kept and put back, never a difference, never taken away.

This kernel has no SELinux: what its policy would do to a new file is done at the door, just
before the file gets its name.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.odd.looks import look
from sandbox import Sandbox, step

NAME = "security.selinux"
BY_POLICY, SET = b"system_u:object_r:default_t:s0\0", b"system_u:object_r:etc_t:s0\0"


@pytest.fixture
def labelled(host: Sandbox) -> Sandbox:
    """A host whose new files get a label."""

    def policy(operation: str, path: str) -> None:
        folder = Path(f"{host.root}{path}").parent
        for name in [name for name in os.listdir(folder) if name.startswith(".hardener-")]:
            if operation == "rename" and not os.listxattr(folder / name):
                os.setxattr(folder / name, NAME, BY_POLICY)

    host.system._watch = policy
    return host


def label(host: Sandbox, path: str) -> bytes:
    return os.getxattr(f"{host.root}{path}", NAME)


def test_a_new_file_keeps_the_label_of_the_policy(labelled: Sandbox) -> None:
    before = look(labelled.root)
    assert labelled.play(step("file", path="/odd/new", content="x\n")) == "changed", (
        labelled.errors()
    )
    assert label(labelled, "/odd/new") == BY_POLICY
    assert labelled.play(step("file", path="/odd/new", content="x\n")) == "ok"
    assert labelled.play(step("file", path="/odd/new", mode="0600")) == "changed"
    assert label(labelled, "/odd/new") == BY_POLICY
    for _ in range(2):
        assert labelled.rollback() == "rolled back", labelled.events
    assert look(labelled.root) == before


def test_a_label_that_is_there_from_the_first_moment(host: Sandbox) -> None:
    """As with SELinux: before a file has anything in it. Whoever takes it away gets EACCES there."""

    def chunks() -> Iterator[bytes]:
        (staged,) = (host.root / "odd").iterdir()
        os.setxattr(staged, NAME, BY_POLICY)
        os.setxattr(staged, "user.stray", b"x")
        yield b"x\n"

    host.system.replace("/odd/new", chunks(), 0o644, 0, 0, (("user.ours", b"y"),))
    assert label(host, "/odd/new") == BY_POLICY
    assert os.listxattr(host.root / "odd/new") == [NAME, "user.ours"]


def test_what_was_replaced_or_removed_has_its_own_label_again(labelled: Sandbox) -> None:
    it = labelled.root / "odd/it"
    it.write_text("one\n")
    os.setxattr(it, NAME, SET)
    for call in (
        step("file", path="/odd/it", content="two\n"),
        step("file", path="/odd/it", state="absent"),
        step("file", path="/odd/it", state="link", target="x", force=True),
    ):
        assert labelled.play(call) == "changed", labelled.errors()
        assert it.is_symlink() or not it.exists() or label(labelled, "/odd/it") == SET
        assert labelled.rollback() == "rolled back", labelled.events
        assert (it.read_text(), label(labelled, "/odd/it")) == ("one\n", SET)


def test_relabelled_since_is_no_conflict(labelled: Sandbox) -> None:
    """restorecon(8) between a run and its rollback."""
    it = labelled.root / "odd/it"
    it.write_text("one\n")
    os.setxattr(it, NAME, SET)
    call = step("file", path="/odd/it", content="two\n")
    assert labelled.play(call) == "changed"
    os.setxattr(it, NAME, BY_POLICY)
    assert labelled.play(call) == "ok", labelled.changes("preview")
    assert labelled.rollback() == "rolled back", labelled.events
    assert (it.read_text(), label(labelled, "/odd/it")) == ("one\n", SET)


def test_an_edit_since_is_merged_all_the_same(labelled: Sandbox) -> None:
    it = labelled.root / "odd/it"
    it.write_text("".join(f"{n}\n" for n in range(20)))
    os.setxattr(it, NAME, SET)
    assert labelled.play(step("line", path="/odd/it", regexp="^3", line="3 three")) == "changed"
    it.write_text(it.read_text() + "more\n")
    os.setxattr(it, NAME, BY_POLICY)
    assert labelled.rollback() == "rolled back", labelled.events
    assert it.read_text() == "".join(f"{n}\n" for n in range(20)) + "more\n"
