"""Checkouts by the step `git`, from a real repository, of another user's; all as it was after a rollback."""

import os
import pwd
from typing import Any

from checkouts import OWNER, Ground
from sandbox import Sandbox, step


def git(ground: Ground, **more: Any) -> dict[str, Any]:
    return step("git", repo=f"file://{ground.remote}", dest=str(ground.app), **more)


def theirs(ground: Ground) -> None:
    """The folder is the user's, so git runs as that user."""
    ground.app.mkdir()
    os.chown(ground.app, OWNER, OWNER)


def test_new(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    before = ground.look()
    made = host.foretold(git(ground))
    assert made == [f"create git_repository:{ground.app}", f"create git_checkout:{ground.app}"]
    assert f"+ commit {ground.first}, on main" in host.diff("apply")
    assert (ground.app / "b/c").read_text() == "two\n"
    assert ground.git("status", "--porcelain", "--branch", folder=ground.app) == "## main"
    assert {each.stat().st_uid for each in ground.app.rglob("*")} == {OWNER}
    assert host.play(git(ground)) == "ok"
    assert host.rollback("run-002") == "rolled back", host.events
    assert ground.look() == before


def test_moves_on(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    assert host.play(git(ground)) == "changed", host.errors()
    (ground.app / "own.log").write_text("mine")
    (ground.app / "new").mkdir()
    (ground.app / "new/mine").write_text("mine")
    os.chown(ground.app / "new", OWNER, OWNER)
    before = ground.look()
    second = ground.commit({"a": "three\n", "b/c": None, "b/old": None, "new/d": "four\n"})
    assert len(host.foretold(git(ground))) == 2
    assert {f"- commit {ground.first}, on main", f"+ commit {second}, on main"} <= set(
        host.diff("apply")
    )
    assert not (ground.app / "b").exists()
    assert host.play(git(ground)) == "ok"
    assert host.rollback("run-003") == "rolled back", host.events
    assert ground.look() == before
    assert ground.git("fsck", "--full", "--strict", folder=ground.app) == ""


def test_versions(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    second = ground.commit({"a": "three\n"})
    third = ground.commit({"a": "four\n"})
    ground.git("reset", "-q", "--hard", second)
    for version, commit in (("v1", ground.first), ("main", second), ("refs/tags/v1", ground.first),
                            (third, third), ("HEAD", second)):  # fmt: skip
        before = ground.look()
        host.foretold(git(ground, version=version))
        assert ground.git("rev-parse", "HEAD", folder=ground.app) == commit
        assert host.play(git(ground, version=version)) == "ok"
        assert host.rollback(f"run-{host._runs - 1:03}") == "rolled back", host.events
        assert ground.look() == before
        assert host.play(git(ground, version=version)) == "changed"
    assert host.play(git(ground, version="nope")) == "refused"
    assert "has no branch or tag nope" in host.errors()


def test_edits(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    assert host.play(git(ground)) == "changed"
    (ground.app / "a").write_text("edited\n")
    before = ground.look()
    ground.commit({"a": "three\n"})
    assert host.play(git(ground)) == "refused"
    assert "was edited" in host.errors()
    assert ground.look() == before
    host.foretold(git(ground, force=True))
    assert (ground.app / "a").read_text() == "three\n"
    assert host.rollback("run-004") == "rolled back", host.events
    assert ground.look() == before


def test_unpushed(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    assert host.play(git(ground)) == "changed"
    own = ground.commit({"own": "own\n"}, ground.app)
    before = ground.look()
    ground.commit({"a": "three\n"})
    assert host.play(git(ground)) == "refused"
    assert "1 commits that were never pushed" in host.errors()
    host.foretold(git(ground, force=True))
    assert host.rollback("run-004") == "rolled back", host.events
    assert ground.look() == before
    assert ground.git("rev-parse", "HEAD", folder=ground.app) == own


def test_untracked_is_not_written_over(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    assert host.play(git(ground)) == "changed"
    (ground.app / "x.log").write_text("mine")
    before = ground.look()
    ground.commit({".gitignore": "", "x.log": "theirs"})
    assert host.play(git(ground, force=True)) in ("failed", "rolled back", "refused")
    assert "x.log" in host.errors()
    assert ground.look() == before


def test_work_since_is_not_lost(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    assert host.play(git(ground)) == "changed"
    ground.commit({"a": "three\n"})
    assert host.play(git(ground)) == "changed"
    (ground.app / "b/c").write_text("edited since\n")
    ground.git("status", folder=ground.app)  # writes the index anew
    assert host.rollback("run-002") == "rolled back", host.events
    assert (ground.app / "a").read_text() == "one\n"
    assert (ground.app / "b/c").read_text() == "edited since\n"
    assert ground.git("status", "--porcelain", folder=ground.app) == "M b/c"


def test_a_commit_since_is_a_conflict(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    assert host.play(git(ground)) == "changed"
    own = ground.commit({"own": "own\n"}, ground.app)
    before = ground.look()
    assert host.rollback("run-001") != "rolled back"
    assert ground.look() == before
    assert ground.git("rev-parse", "HEAD", folder=ground.app) == own
    assert ground.git("fsck", "--full", "--strict", folder=ground.app) == ""


def test_a_moved_tag_another_url_and_little_history(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    ground.commit({"a": "three\n"})
    assert host.play(git(ground, version="v1", depth=1)) == "changed", host.errors()
    assert ground.git("rev-list", "--count", "HEAD", folder=ground.app) == "1"
    before = ground.look()
    ground.git("tag", "-fam", "moved", "v1")
    url = f"file://{ground.remote}/."
    host.foretold(step("git", repo=url, dest=str(ground.app), version="v1", depth=1))
    assert (ground.app / "a").read_text() == "three\n"
    assert ground.git("remote", "get-url", "origin", folder=ground.app) == url
    assert host.rollback("run-003") == "rolled back", host.events
    assert ground.look() == before


def test_stays_where_it_is_without_update(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    assert host.play(git(ground)) == "changed"
    (ground.app / "a").write_text("edited\n")
    ground.commit({"a": "three\n"})
    assert host.play(git(ground, update=False)) == "ok", host.errors()


def test_a_folder_of_something_else(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    (ground.app / "own").write_text("own")
    assert host.play(git(ground)) == "refused"
    assert "is not empty, and is no git repository" in host.errors()


def test_submodules(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    ground.git("update-index", "--add", "--cacheinfo", f"160000,{ground.first},sub")
    ground.git("commit", "-qm", "sub")
    before = ground.look()
    assert host.play(git(ground)) != "changed"
    assert "has submodules, which are not checked out" in host.errors()
    assert ground.look() == before
    assert host.play(git(ground, submodules="leave")) == "changed", host.errors()
    assert host.play(git(ground, submodules="leave")) == "ok"


def test_a_later_step_sees_what_is_not_of_the_checkout(ground: Ground, host: Sandbox) -> None:
    theirs(ground)
    inside = step("file", path=str(ground.app / "own"), content="x")
    assert host.play(git(ground), inside, dry_run=True) == "pending", host.errors()
    assert any("git has checked out" in str(event) for event in host.events)
    assert host.play(git(ground), inside) == "changed", host.errors()


def test_in_a_folder_that_is_only_foretold(ground: Ground, host: Sandbox) -> None:
    """The preview asks the remote as whom the apply will: git serves root no repository of another's."""
    folder = step("file", path=str(ground.app), state="directory", owner=OWNER, group=OWNER)
    assert len(host.foretold(folder, git(ground))) == 3
    assert ground.app.stat().st_uid == OWNER


def test_as_another_user(ground: Ground, host: Sandbox) -> None:
    nobody = git(ground)
    nobody["calls"][0]["become_user"] = "nobody"
    before, uid = ground.look(), pwd.getpwnam("nobody").pw_uid
    for each in (ground.remote, *ground.remote.rglob("*")):
        os.chown(each, uid, uid)  # git serves nobody what another user owns
    assert len(host.foretold(nobody)) == 3
    assert {each.stat().st_uid for each in ground.app.rglob("*")} == {uid}
    assert host.play(nobody) == "ok"
    other = git(ground)
    other["calls"][0]["become_user"] = "daemon"
    assert host.play(other) == "refused"
    assert "to be done as user" in host.errors()
    assert host.rollback("run-002") == "rolled back", host.events
    assert ground.look() == before
