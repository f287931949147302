"""What apt and dpkg do beside what they were asked for, and what others do beside us.

Proves F24 and F25 (docs/SAFETY.md).
"""

from typing import Any

import pytest
from inside import Inside
from repository import REPOSITORY, build, changed, installed
from sandbox import step

SCRIPTED = """
scripted() { # name version script text [conffile]
    folder=/root/build/$1-$2; rm -rf "$folder"; mkdir -p "$folder/DEBIAN" "$folder/etc/$1"
    printf '%s' "$4" > "$folder/DEBIAN/$3"; chmod 755 "$folder/DEBIAN/$3"
    [ -z "${5:-}" ] || { echo "$2" > "$folder/etc/$1/$5"; echo "/etc/$1/$5" > "$folder/DEBIAN/conffiles"; }
    printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: x <x@x>\\nDescription: x\\n' "$1" "$2" \
        > "$folder/DEBIAN/control"
    [ ! -e /root/build/templates ] || cp /root/build/templates "$folder/DEBIAN/"
    dpkg-deb -b "$folder" /root/repository >/dev/null
}
provides() { # name what
    folder=/root/build/$1; mkdir -p "$folder/DEBIAN"
    printf 'Package: %s\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@x>\\nProvides: %s\\nDescription: x\\n' \
        "$1" "$2" > "$folder/DEBIAN/control"
    dpkg-deb -b "$folder" /root/repository >/dev/null
}
"""


@pytest.fixture
def inside(host: Any) -> Inside:
    host.write("/etc/apt/sources.list", f"deb [trusted=yes] file:{REPOSITORY} ./\n")
    host.sh("rm -f /etc/apt/sources.list.d/*")
    made(host, "deb lib 1.0; deb app 1.0 lib; deb lib 1.1; deb tool 1.0 lib")
    return Inside(host)


def made(host: Any, what: str) -> None:
    build(host, SCRIPTED + what)
    host.sh("apt-get update")


def app(**more: Any) -> dict[str, Any]:
    return step("package", name=more.pop("name", "app"), **more)


def test_what_is_held_is_left_and_said(inside: Inside) -> None:
    assert inside.play(app()) == "changed", inside.errors()
    inside.host.sh("apt-mark hold app")
    made(inside.host, "deb app 2.0 lib")
    before = installed(inside)
    for wish in (app(state="latest"), app(state="absent")):
        assert inside.play(wish) == "refused"
        assert "`apt-mark unhold app` lets it change" in inside.errors()
    assert inside.rollback() == "partly rolled back"
    assert "Held packages were changed" in inside.trouble()
    assert installed(inside) == before
    inside.host.sh("apt-mark unhold app")
    assert inside.rollback() == "rolled back", inside.trouble()


def test_lists_that_were_fetched_aside_hold_for_the_transaction_too(inside: Inside) -> None:
    """A repository that is copied, as those of the network are: the host's lists know nothing new."""
    inside.host.sh("sed -i s/file:/copy:/ /etc/apt/sources.list; apt-get update")
    build(inside.host, "deb app 2.0 lib; rm /root/repository/app_1.0*")
    assert inside.play(app()) in ("refused", "rolled back")  # as the host's own lists have it
    assert inside.play(app(update_cache=True)) == "changed", inside.errors()
    assert "+ app 2.0" in inside.diff()
    assert inside.rollback() == "rolled back", inside.trouble()


def test_a_new_source_makes_lists_old(inside: Inside) -> None:
    assert inside.play(app(update_cache=True)) == "changed", inside.errors()
    inside.host.sh(
        "mkdir /root/second; cd /root/second; mv /root/repository/tool* .; cat > Packages;"
        "sed -n '/^Package: tool/,/^$/p' /root/repository/Packages > Packages"
    )
    build(inside.host, "")
    inside.host.write(
        "/etc/apt/sources.list.d/second.list", "deb [trusted=yes] copy:/root/second ./\n"
    )
    assert inside.play(app(name="tool", update_cache=True)) == "changed", inside.errors()


def test_a_source_that_does_not_answer_is_named(inside: Inside) -> None:
    inside.host.write(
        "/etc/apt/sources.list.d/gone.list", "deb [trusted=yes] http://127.0.0.1:9/gone ./\n"
    )
    assert inside.play(app(update_cache=True)) == "refused"
    assert "http://127.0.0.1:9/gone" in inside.errors()
    assert inside.play(app()) == "changed", inside.errors()


def test_what_somebody_elses_package_needs_stays(inside: Inside) -> None:
    assert inside.play(app()) == "changed", inside.errors()
    inside.host.sh("apt-get install -y tool")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert "lib stays: it is needed by what came since" in inside.trouble()
    there = installed(inside)
    assert ("tool 1.0 ii" in there, "lib 1.1 ii" in there, "app 1.0" in there) == (
        True,
        True,
        False,
    )


def test_somebody_elses_package_is_not_taken_away(inside: Inside) -> None:
    assert inside.play(app(name="lib")) == "changed", inside.errors()
    inside.host.sh("apt-get install -y tool")
    before = installed(inside)
    assert inside.rollback() == "partly rolled back"
    assert "apt would remove tool too" in inside.trouble()
    assert installed(inside) == before


FAILS = "scripted bad 1.0 postinst '#!/bin/sh\nexit 3\n' bad.conf"


def test_a_package_whose_script_fails_is_taken_away_again(inside: Inside) -> None:
    made(inside.host, FAILS)
    before, tree = installed(inside), inside.host.hash()
    assert inside.play(app(name=["app", "bad"])) == "rolled back", inside.trouble()
    assert "post-installation script subprocess returned error exit status 3" in inside.errors()
    assert installed(inside) == before
    assert changed(tree, inside.host.hash()) == []


@pytest.mark.parametrize(
    "does", ["exit 3", "[ -e /run/once ] || { touch /run/once; kill -9 $PPID; }"]
)
def test_an_upgrade_that_breaks_off_goes_back_to_the_version_before(
    inside: Inside, does: str
) -> None:
    """A script that fails each time, and a dpkg that is killed with its notes half written."""
    assert inside.play(app()) == "changed", inside.errors()
    before, tree = installed(inside), inside.host.hash()
    made(inside.host, f"scripted app 2.0 postinst '#!/bin/sh\n{does}\n'")
    assert inside.play(app(state="latest")) == "rolled back", inside.trouble()
    assert installed(inside) == before
    assert changed(tree, inside.host.hash()) == []


def test_an_interrupted_dpkg_is_left_to_be_finished(inside: Inside) -> None:
    made(inside.host, FAILS)
    inside.host.run(["apt-get", "install", "-y", "bad"], check=False)
    assert inside.play(app()) == "refused"
    assert "bad is half-configured" in inside.errors()
    assert "dpkg --configure -a" in inside.errors()
    inside.host.sh("dpkg --purge bad")
    assert inside.play(app()) == "changed", inside.errors()


def test_configuration_files_come_back_byte_for_byte(inside: Inside) -> None:
    """dpkg keeps the new version of a changed one beside it, and leaves those that were new."""
    made(inside.host, "scripted conf 1.0 postinst '#!/bin/sh\n' conf.conf")
    assert inside.play(app(name="conf")) == "changed", inside.errors()
    inside.host.write("/etc/conf/conf.conf", "mine\n")
    tree = inside.host.hash()
    made(
        inside.host,
        "scripted conf 2.0 postinst '#!/bin/sh\n' conf.conf; cd /root/build/conf-2.0;"
        "echo new > etc/conf/new.conf; echo /etc/conf/new.conf >> DEBIAN/conffiles;"
        "dpkg-deb -b . /root/repository",
    )
    assert inside.play(app(name="conf", state="latest")) == "changed", inside.errors()
    assert inside.host.exists("/etc/conf/conf.conf.dpkg-dist")
    assert inside.host.exists("/etc/conf/new.conf")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert changed(tree, inside.host.hash()) == []


def test_an_edited_configuration_file_of_a_new_package_is_not_lost(inside: Inside) -> None:
    made(inside.host, "scripted conf 1.0 postinst '#!/bin/sh\n' conf.conf")
    assert inside.play(app(name="conf")) == "changed", inside.errors()
    run = inside.run
    inside.host.write("/etc/conf/conf.conf", "hours of work\n")
    assert inside.rollback(run) == "partly rolled back"
    assert "file:/etc/conf/conf.conf" in inside.trouble()
    assert inside.host.read("/etc/conf/conf.conf") == "hours of work\n"
    assert inside.rollback(run, force=("file:/etc/conf/conf.conf",)) == "rolled back", (
        inside.trouble()
    )
    assert not inside.host.exists("/etc/conf")


def test_names_and_marks(inside: Inside) -> None:
    """A provider and a name with its architecture are what was asked for; a pattern is no name."""
    made(inside.host, "provides real virtual")
    assert inside.play(app(name=["virtual", "lib:amd64=1.0"])) == "changed", inside.errors()
    assert inside.diff() == ["+ lib 1.0", "+ real 1"]
    assert inside.host.sh("apt-mark showauto real lib") == ""
    assert inside.play(app(name=["virtual", "lib:amd64=1.0"])) == "ok", inside.diff()
    made(inside.host, "deb app 2.0 'lib (>= 1.1)'")
    assert inside.play(app()) == "changed", inside.errors()
    assert inside.diff() == ["+ app 2.0", "- lib 1.0", "+ lib 1.1"]
    assert inside.host.sh("apt-mark showauto lib") == ""
    for name in ("to.l", "app-"):
        assert inside.play(app(name=name)) == "refused"
        assert f"there is no package {name}" in inside.errors()
    assert "app 2.0 ii" in installed(inside)


DEBCONF = """
printf 'Template: asks/much\\nType: string\\nDefault: by default\\nDescription: what?\\n' > /root/build/templates
scripted asks 1.0 postinst '#!/bin/sh
set -e
. /usr/share/debconf/confmodule
db_input critical asks/much || true
db_go
db_get asks/much
echo "$RET" > /etc/asks.answer
'
rm /root/build/templates
"""


def test_a_question_gets_its_default(inside: Inside) -> None:
    made(inside.host, DEBCONF)
    assert inside.play(app(name="asks")) == "changed", inside.errors()
    assert inside.host.read("/etc/asks.answer") == "by default\n"


HOLDER = (
    "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w');"
    "fcntl.lockf(f, fcntl.LOCK_EX); open('/run/holds', 'w'); time.sleep(4)"
)


def test_the_lock_is_waited_for(inside: Inside) -> None:
    process = inside.host.popen(["python3", "-c", HOLDER])
    try:
        inside.host.wait_until(["test", "-e", "/run/holds"])
        assert inside.play(app()) == "changed", inside.errors()
    finally:
        process.kill()
        process.wait()
