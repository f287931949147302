"""Ignore rules and the index in real repositories of another user, judged by the real git."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import listing

from hardener.host.door.system import System
from hardener.host.record.store import Store

OWNER = 1000


class Repository:
    """A work tree that belongs to a user; git is run as that user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *argv: str, folder: str = ".") -> str:
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
        names = [
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@localhost",
            "-c",
            "protocol.file.allow=always",
        ]
        done = subprocess.run(
            ["git", *names, *argv],
            cwd=self.folder / folder,
            env=env,
            user=OWNER,
            group=OWNER,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def write(self, path: str, text: str = "x\n") -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for each in (file, *file.parents):
            if self.folder in (each, *each.parents):
                os.chown(each, OWNER, OWNER)

    def tracked(self) -> list[str]:
        return self.git("ls-files").split()


@pytest.fixture
def folder() -> Iterator[Path]:
    needs.root()
    needs.program("git")
    made = Path(tempfile.mkdtemp(prefix="git-"))  # pytest's own folder is closed to other users
    os.chmod(made, 0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def repository(folder: Path) -> Repository:
    made = Repository(folder / "app")
    made.folder.mkdir()
    os.chown(made.folder, OWNER, OWNER)
    made.git("init", "-q")
    for path in ("logs/a.log", "logs/keep.log", "src/main.py", "data/x.db"):
        made.write(path)
    made.git("add", ".")
    made.git("commit", "-qm", "all")
    hook = made.folder / ".git/hooks/post-index-change"
    hook.write_text("#!/bin/sh\ntouch ../hook-ran hook-ran\n")
    hook.chmod(0o755)
    return made


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    made = Sandbox("/")
    made.store = Store(System("/"), str(tmp_path / "state"))
    return made


@pytest.fixture
def plan(repository: Repository) -> Callable[..., dict[str, Any]]:
    return lambda **params: step("gitignore", **{"repo": str(repository.folder), **params})


def test_what_is_tracked_all_the_same_is_named(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    before = listing(repository.folder)
    assert host.play(plan(patterns=["logs/*.log"]), dry_run=True) == "pending", host.errors()
    assert listing(repository.folder) == before
    assert any(
        "ignored files" in note and "2: logs/a.log, logs/keep.log" in note for note in host.notes()
    )
    assert host.play(plan(patterns=["logs/*.log"])) == "changed", host.errors()
    assert repository.tracked() == ["data/x.db", "logs/a.log", "logs/keep.log", "src/main.py"]
    assert os.stat(repository.folder / ".gitignore").st_uid == OWNER


def test_untracked_by_choice_and_back_to_the_byte(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    before = listing(repository.folder)
    call = plan(patterns=["logs/*.log"], untrack=True)
    assert host.play(call, dry_run=True) == "pending"
    assert "- tracked: logs/a.log" in host.diff()
    assert listing(repository.folder) == before
    assert host.play(call) == "changed", host.errors()
    assert not [event for event in host.events if event["event"] == "diverged"]
    assert repository.tracked() == ["data/x.db", "src/main.py"]
    assert (repository.folder / "logs/a.log").exists()
    assert os.stat(repository.folder / ".git/index").st_uid == OWNER
    assert not list(repository.folder.rglob("hook-ran"))
    assert host.play(call) == "ok", host.changes("preview")
    assert host.rollback() == "rolled back", host.events
    assert listing(repository.folder) == before


def test_a_lock_of_somebody_elses_git_is_respected(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    """An editor may be open in `git commit`: its lock can't be told from one that was left."""
    repository.write(".git/index.lock", "theirs")
    before = listing(repository.folder)
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "refused"
    assert "another git works on" in host.errors()
    assert listing(repository.folder) == before


def test_our_own_lock_is_one_that_git_respects_and_we_take_away(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    (repository.folder / ".git/index.lock").symlink_to("hardener")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("rm", "--cached", "data/x.db")
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "changed", host.errors()
    repository.git("rm", "--cached", "data/x.db")
    assert repository.tracked() == ["src/main.py"]


def test_flags_come_back_when_the_index_was_written_since(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    repository.write("logs/new.log")
    repository.git("add", "-N", "logs/new.log")
    repository.git("update-index", "--assume-unchanged", "logs/a.log")
    repository.git("update-index", "--skip-worktree", "logs/keep.log")
    before = repository.git("ls-files", "-s", "-v", "--debug")
    flags = [line.partition("\tflags: ")[2] for line in before.splitlines() if "flags" in line]
    assert host.play(plan(patterns=["logs/"], untrack=True)) == "changed", host.errors()
    repository.write("src/more.py")
    repository.git("add", "src/more.py")
    assert host.rollback() == "rolled back", host.events
    undone = [e for e in host.events if e["event"] == "undone" and "git_index" in e["resource"]]
    assert undone[0]["why"]
    repository.git("rm", "-q", "--cached", "src/more.py")
    after = repository.git("ls-files", "-s", "-v", "--debug")
    assert [
        line.partition("\tflags: ")[2] for line in after.splitlines() if "flags" in line
    ] == flags
    assert [line for line in after.splitlines() if ":" not in line] == [
        line for line in before.splitlines() if ":" not in line
    ]


def test_a_persons_exception_keeps_the_last_word(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    repository.write(".gitignore", "*.tmp\n!logs/keep.log\n")
    call = plan(patterns=["logs/*.log"], untrack=True)
    assert host.play(call) == "changed", host.errors()
    assert any("`!logs/keep.log`, still lets git see" in note for note in host.notes())
    assert repository.tracked() == ["data/x.db", "logs/keep.log", "src/main.py"]


def test_a_file_that_an_older_rule_ignores_is_left_alone(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    repository.write(".gitignore", "*.db\n")
    repository.write("src/.gitignore", "*.py\n")
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "changed", host.errors()
    assert repository.tracked() == ["data/x.db", "src/main.py"]


def test_a_split_index_comes_back_without_leftovers(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    repository.git("config", "core.splitIndex", "true")
    repository.git("config", "splitIndex.maxPercentChange", "0")
    repository.git("update-index", "--split-index")
    before = listing(repository.folder)
    assert any("sharedindex" in path for path in before)
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "changed", host.errors()
    assert host.rollback() == "rolled back", host.events
    assert listing(repository.folder) == before


def test_git_has_the_rights_of_the_owner_only(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    config = repository.folder / ".git/config"
    os.chown(config, 0, 0)
    config.chmod(0o600)
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "refused"
    assert ".git/config" in host.errors()


def test_a_file_in_a_folder_counts_from_there(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    call = plan(file="logs/.gitignore", patterns=["/a.log"], untrack=True)
    assert host.play(call) == "changed", host.errors()
    assert "logs/a.log" not in repository.tracked() and "logs/keep.log" in repository.tracked()


def test_a_linked_work_tree_and_a_submodule(
    host: Sandbox, repository: Repository, folder: Path, plan: Any
) -> None:
    repository.git("worktree", "add", "-q", "../app/linked")
    repository.git("submodule", "add", "-q", str(repository.folder), "part")
    for name in ("linked", "part"):
        there = Repository(repository.folder / name)
        before = there.git("ls-files", "-s")
        assert (
            host.play(plan(repo=str(there.folder), patterns=["logs/*.log"], untrack=True))
            == "changed"
        ), host.errors()
        assert there.tracked() == ["data/x.db", "src/main.py"]
        assert host.rollback() == "rolled back", host.events
        assert there.git("ls-files", "-s") == before
    assert "logs/a.log" in repository.tracked()


def test_what_a_hostile_repository_names_never_runs(
    host: Sandbox, repository: Repository, plan: Any, folder: Path
) -> None:
    trap = folder / "trap"
    trap.write_text(f"#!/bin/sh\nid -u >> {folder}/ran-as; exit 1\n")
    trap.chmod(0o755)
    (folder / "ran-as").touch()
    (folder / "ran-as").chmod(0o666)
    repository.write("logs/new.log")
    repository.git("add", "-N", "logs/new.log")
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "changed", host.errors()
    repository.write("src/more.py")
    repository.git("add", "src/more.py")
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand"):
        repository.git("config", key, str(trap))
    assert host.rollback() == "rolled back", host.events
    assert (folder / "ran-as").read_text() == ""
    repository.git("status")
    assert (folder / "ran-as").read_text() != ""  # the trap is one


def test_a_pattern_that_ignores_nothing_is_refused(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    before = listing(repository.folder)
    assert host.play(plan(patterns=["logs\\"]), dry_run=True) == "refused"
    assert "ignores nothing" in host.errors() or "no pattern" in host.errors()
    assert listing(repository.folder) == before


def test_a_large_index_is_read_whole(host: Sandbox, repository: Repository, plan: Any) -> None:
    blob = repository.git("rev-parse", "HEAD:src/main.py").strip()
    lines = "".join(f"100644 {blob}\tmany/{n:05}-{'long' * 10}.txt\n" for n in range(9000))
    subprocess.run(
        ["git", "update-index", "--index-info"],
        cwd=repository.folder,
        input=lines.encode(),
        user=OWNER,
        group=OWNER,
        extra_groups=[],
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
    )
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "changed", host.errors()
    assert len(repository.tracked()) == 9002


def test_a_repository_with_sha_256(host: Sandbox, folder: Path) -> None:
    there = Repository(folder / "long")
    there.folder.mkdir()
    os.chown(there.folder, OWNER, OWNER)
    there.git("init", "-q", "--object-format=sha256")
    there.write("logs/a.log")
    there.write("main.py")
    there.git("add", ".")
    before = there.git("ls-files", "-s")
    call = step("gitignore", repo=str(there.folder), patterns=["logs/"], untrack=True)
    assert host.play(call) == "changed", host.errors()
    assert there.tracked() == ["main.py"]
    there.write("more.py")
    there.git("add", "more.py")
    assert host.rollback() == "rolled back", host.events
    assert there.tracked() == ["logs/a.log", "main.py", "more.py"]
    there.git("rm", "-q", "--cached", "more.py")
    assert there.git("ls-files", "-s") == before


def test_a_repository_through_a_link(host: Sandbox, repository: Repository, folder: Path) -> None:
    (folder / "current").symlink_to("app")
    before = listing(folder)
    call = step("gitignore", repo=str(folder / "current"), patterns=["logs/*.log"], untrack=True)
    assert host.play(call) == "changed", host.errors()
    assert repository.tracked() == ["data/x.db", "src/main.py"]
    assert host.changes("apply") == [
        f"create file:{repository.folder}/.gitignore",
        f"change git_index:{repository.folder}",
    ]
    (folder / "current").unlink()  # the next release: what was changed is where it was
    (folder / "current").symlink_to("elsewhere")
    assert host.rollback() == "rolled back", host.events
    (folder / "current").unlink()
    (folder / "current").symlink_to("app")
    assert listing(folder) == before


@pytest.mark.parametrize(
    "pattern,ignored",
    [
        ("\\*.bak", "*.bak"),
        ("\\?x", "?x"),
        ("a\\\\b", "a\\b"),
        ("\\!x", "!x"),
        ("x\\ y", "x y"),
        ("**/deep/*.o", "a/b/deep/x.o"),
        ("/top", "top"),
        ("*", "any"),
        ("a/**/b", "a/1/2/b"),
        ("**", "any"),
    ],
)
def test_patterns_that_work(
    host: Sandbox, repository: Repository, plan: Any, pattern: str, ignored: str
) -> None:
    assert host.play(plan(patterns=[pattern])) == "changed", host.errors()
    assert repository.git("check-ignore", ignored).strip('"\n').replace("\\\\", "\\") == ignored


@pytest.mark.parametrize(
    "pattern", ["/", "//", "!/", "a//b", "..", "../x", "./x", "a/../b", "x/.", "/./x", "!", "\\"]
)
def test_patterns_that_can_match_nothing(
    host: Sandbox, repository: Repository, plan: Any, pattern: str
) -> None:
    before = listing(repository.folder)
    assert host.play(plan(patterns=[pattern]), dry_run=True) == "refused"
    assert "ignores nothing" in host.errors() or "no pattern" in host.errors(), host.errors()
    assert listing(repository.folder) == before


def test_a_linked_work_tree_shares_the_exclusions_of_its_repository(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    """info/ is one for all work trees; what an older rule ignores is left alone there too."""
    repository.git("worktree", "add", "-q", "../app/linked")
    repository.write(".git/info/exclude", "logs/\n")
    there = Repository(repository.folder / "linked")
    call = plan(repo=str(there.folder), patterns=["*.log", "*.db"], untrack=True)
    assert host.play(call) == "changed", host.errors()
    assert there.tracked() == ["logs/a.log", "logs/keep.log", "src/main.py"]


def test_a_git_folder_through_a_link(
    host: Sandbox, repository: Repository, folder: Path, plan: Any
) -> None:
    (repository.folder / ".git").rename(folder / "store")
    (repository.folder / ".git").symlink_to("../store")
    os.chown(repository.folder / ".git", OWNER, OWNER, follow_symlinks=False)
    os.chown(folder, OWNER, OWNER)
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "changed", host.errors()
    assert repository.tracked() == ["data/x.db", "src/main.py"]


def test_a_persons_odd_exceptions_are_in_nobodys_way(
    host: Sandbox, repository: Repository, plan: Any
) -> None:
    repository.write(".gitignore", "!/\n!../x\n!\n!a//b\n!./y\n")
    assert host.play(plan(patterns=["logs/*.log"], untrack=True)) == "changed", host.errors()
    assert repository.tracked() == ["data/x.db", "src/main.py"]
