"""Packages on booted hosts, from a small repository made with dpkg-deb inside the host.

Proves F24 and F25 (docs/SAFETY.md).
"""

from typing import Any

import pytest
from inside import Inside
from repository import BUILD, REPOSITORY, build, changed, installed
from sandbox import step


@pytest.fixture
def inside(any_host: Any) -> Inside:
    any_host.write("/etc/apt/sources.list", f"deb [trusted=yes] file:{REPOSITORY} ./\n")
    any_host.sh("rm -f /etc/apt/sources.list.d/*")
    build(any_host, "deb lib 1.0; deb extra 1.0; deb app 1:1.0 'lib (>= 1.0)' extra; deb lib 1.1")
    any_host.sh("apt-get update")
    return Inside(any_host)


def test_installed_with_what_it_needs_and_back(inside: Inside) -> None:
    before, tree = installed(inside), inside.host.hash()
    wish = step("package", name="app", install_recommends=False)
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    assert inside.changes("preview") == ["change package:apt"]
    assert inside.diff() == ["+ app 1:1.0", "+ lib 1.1 (as a dependency)"]
    assert installed(inside) == before
    assert changed(tree, inside.host.hash()) == []
    assert inside.play(wish) == "changed", inside.errors()
    assert not [e for e in inside.events if e["event"] == "diverged"]
    assert inside.host.sh("apt-mark showauto app lib") == "lib\n"
    assert "appuser" in inside.host.read("/etc/passwd")
    assert inside.play(wish) == "ok", inside.diff()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert installed(inside) == before
    assert changed(tree, inside.host.hash()) == []


def test_recommended_and_pinned(inside: Inside) -> None:
    assert (
        inside.play(step("package", name=["app", "lib=1.0"], install_recommends=True), dry_run=True)
        == "pending"
    )
    assert inside.diff() == ["+ app 1:1.0", "+ extra 1.0 (as a dependency)", "+ lib 1.0"]
    assert inside.play(step("package", name="lib=1.0")) == "changed", inside.errors()
    assert inside.play(step("package", name="lib=1.*")) == "ok", inside.errors()
    assert inside.play(step("package", name="lib=1.1")) == "changed", inside.errors()
    assert inside.diff() == ["- lib 1.0", "+ lib 1.1"]
    assert inside.play(step("package", name="lib=1.0")) == "changed", inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert "lib 1.1" in installed(inside)


def test_an_upgrade_comes_back_offline(inside: Inside) -> None:
    """The repository has forgotten the old version; the archive that was kept has not."""
    assert inside.play(step("package", name="app")) == "changed", inside.errors()
    before = installed(inside)
    inside.host.write("/etc/app/app.conf", "version=mine\n")
    build(inside.host, "deb app 1:2.0 lib")
    wish = step("package", name="app", state="latest", update_cache=True)
    lists = inside.host.sh("sha256sum /var/lib/apt/lists/*Packages")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.diff() == ["- app 1:1.0", "+ app 1:2.0"]
    assert inside.host.sh("sha256sum /var/lib/apt/lists/*Packages") == lists
    assert inside.host.read("/etc/app/app.conf") == "version=mine\n"
    assert inside.play(wish) == "ok", inside.diff()
    inside.host.sh(f"{BUILD}\nrm /root/repository/*; index; apt-get update")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert installed(inside) == before
    assert inside.host.read("/usr/share/app/version") == "app 1:1.0\n"
    assert inside.host.read("/etc/app/app.conf") == "version=mine\n"


def test_archives_stay_as_long_as_a_run_needs_them(inside: Inside) -> None:
    """And no longer: earlier runs are removed, what is left is undone offline."""
    for name in ("extra", "lib=1.0", "lib=1.1"):
        assert inside.play(step("package", name=name)) == "changed", inside.errors()
    before = installed(inside)
    purge = step("package", name="extra", state="absent", purge=True)
    assert inside.play(purge) == "changed", inside.errors()
    inside.host.sh(f"{BUILD}\nrm /root/repository/*; index; apt-get update")
    assert archives(inside) >= {"extra_1.0_all.deb", "lib_1.0_all.deb"}
    assert note(inside, 1, keep=3) == ["run-001", "run-002"]
    assert archives(inside) == {"extra_1.0_all.deb", "lib_1.0_all.deb"}
    for run in ("run-004", "run-003"):
        assert inside.rollback(run) == "rolled back", inside.trouble()
    assert installed(inside) == before.replace("lib 1.1", "lib 1.0")
    note(inside, 2, keep=1)
    assert archives(inside) == set()


def note(inside: Inside, number: int, keep: int) -> list[str]:
    """Change something else, and return the runs that went."""
    wish = step("file", path="/etc/note", content=f"{number}\n")
    assert inside.play(wish, snapshots={"keep": keep}) == "changed", inside.errors()
    return [run["run"] for e in inside.events if e["event"] == "pruned" for run in e["runs"]]


def archives(inside: Inside) -> set[str]:
    return set(inside.host.sh("cd /var/lib/hardener/packages/archives; ls *.deb || true").split())


def test_removed_not_purged_and_back(inside: Inside) -> None:
    assert inside.play(step("package", name="app")) == "changed", inside.errors()
    inside.host.write("/etc/app/app.conf", "version=mine\n")
    before = installed(inside)
    assert inside.play(step("package", name="app", state="absent")) == "changed", inside.errors()
    assert inside.diff() == ["- app 1:1.0", "+ app 1:1.0 (config-files)"]
    assert inside.host.exists("/etc/app/app.conf")
    assert inside.play(step("package", name="app", state="absent")) == "ok"
    assert (
        inside.play(step("package", name=["app", "lib"], state="absent", purge=True)) == "changed"
    ), inside.errors()
    assert not inside.host.exists("/etc/app")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert installed(inside) == before
    assert inside.host.read("/etc/app/app.conf") == "version=mine\n"


def test_what_comes_with_a_package_is_unknown(inside: Inside) -> None:
    steps = [
        step("package", 1, name="app"),
        step("file", 2, path="/usr/share/app/mine", content="x\n", owner="appuser"),
        step("service", 3, name="app", enabled=True, running=True),
        step("line", 4, path="/etc/app/app.conf", line="more=1"),
        step(
            "supervisor", 5, config="/etc/app/app.conf", sections={"supervisord": {"umask": "022"}}
        ),
    ]
    assert inside.play(*steps, dry_run=True) == "pending", inside.errors()
    said = {
        e["number"]: e["status"]
        for e in inside.events
        if e["event"] == "step" and e["stage"] == "preview"
    }
    assert said == {1: "changed", 2: "unknown", 3: "unknown", 4: "unknown", 5: "unknown"}
    steps.pop()  # there is no supervisord in it
    assert inside.play(*steps) == "changed", inside.errors()
    assert inside.host.read("/etc/app/app.conf") == "version=1:1.0\nmore=1\n"
    assert inside.host.sh("systemctl is-active app") == "active\n"
    assert inside.play(*steps) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert not inside.host.exists("/usr/share/app")


def test_what_is_nowhere_is_refused(inside: Inside) -> None:
    assert inside.play(step("package", name="nonesuch")) == "refused"
    assert "Unable to locate package nonesuch" in inside.errors()


def test_somebody_elses_package_stays(inside: Inside) -> None:
    assert inside.play(step("package", name="app", install_recommends=False)) == "changed", (
        inside.errors()
    )
    inside.host.sh("apt-get install -y extra")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert "extra 1.0 ii" in installed(inside)
    assert "\napp " not in installed(inside)


def test_killed_in_the_middle(inside: Inside) -> None:
    """A package that is left half configured is undone by the next start."""
    before = installed(inside)
    build(inside.host, "deb lib 1.2")
    inside.host.sh("apt-get update")
    inside.host.write(
        "/etc/dpkg/dpkg.cfg.d/kill",
        'post-invoke="kill -9 $(cat /run/victim 2>/dev/null) || true"\n',
    )
    script = "import os; open('/run/victim', 'w').write(str(os.getpid()))\n"
    with pytest.raises(AssertionError):
        inside.play(step("package", name="app"), before=script)
    inside.host.sh("rm /etc/dpkg/dpkg.cfg.d/kill /run/victim")
    assert "app" in installed(inside) or "lib" in installed(inside)
    assert inside.play(step("package", name="nonesuch")) == "refused"
    assert any(e["event"] == "phase" and e["phase"] == "recover" for e in inside.events)
    assert installed(inside) == before


HOLDS = "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(%d)"


def test_who_holds_the_lock_is_waited_for(inside: Inside) -> None:
    """D26: by default for minutes."""
    process = inside.host.popen(["python3", "-c", HOLDS % 9])
    inside.host.wait_until(["grep", "-q", "POSIX.*WRITE", "/proc/locks"])
    assert inside.play(step("package", name="app")) == "changed", inside.errors()
    assert process.wait(0) == 0, "it was not waited for"


def test_the_holder_of_the_lock_is_named(inside: Inside) -> None:
    """D26."""
    process = inside.host.popen(["python3", "-c", HOLDS % 99])
    try:
        inside.host.wait_until(["grep", "-q", "POSIX.*WRITE", "/proc/locks"])
        inside.host.sh(
            "cd /run/hardener-under-test; sed -i 's/^PATIENCE = 300/PATIENCE = 1/' hardener/host/package_managers/dpkg_lock.py"
        )
        assert inside.play(step("package", name="app")) == "rolled back"
        assert "another program has held dpkg's lock" in inside.errors()
        pid = inside.host.sh("pgrep -f [l]ock-frontend").strip()
        assert f"process {pid}: python3 -c import fcntl" in inside.errors()
    finally:
        process.kill()
        process.wait()


def test_a_validator_and_a_folder_that_come_with_a_package(inside: Inside) -> None:
    """D17: the preview cannot know them yet, and says so; without the package they are missing."""
    build(inside.host, "deb checker 1.0")
    inside.host.sh("apt-get update")
    checked = {"path": "/srv/x", "content": "a b\n", "validate": "checker 'a b' %s"}
    file = step("file", 2, **checked)
    folder = step("file", 3, path="/srv/checker/a/b", state="directory", mode="0700")
    assert inside.play(file, dry_run=True) == "refused"
    assert "checker is not there" in inside.errors()
    package = step("package", 1, name="checker")
    assert inside.play(package, file, folder, dry_run=True) == "pending", inside.errors()
    assert inside.changes("preview") == ["change package:apt"]
    assert inside.play(package, file, folder) == "changed", inside.errors()
    assert inside.changes("apply") == [
        "change package:apt",
        "create file:/srv/x",
        "create file:/srv/checker/a",
        "create file:/srv/checker/a/b",
    ]
