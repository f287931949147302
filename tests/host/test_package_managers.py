"""What package managers print, read: apt's; dnf's and apk's are in tests/kinds/package/."""

from pathlib import Path

import pytest

from hardener.host.door.system import System
from hardener.host.errors import Busy
from hardener.host.kinds.package import PackageKind, of, satisfied
from hardener.host.package_managers import Request, apt, dnf, dpkg_lock
from hardener.host.record.store import Store

APT = """\
Reading package lists...
The following NEW packages will be installed:
Inst libfoo1:i386 (1.2-1 Debian:12.5/stable [i386])
Inst foo [1:2.0-1] (1:2.1-3+b1 Debian:12.5/stable, Debian-Security:12/stable-security [amd64]) []
Inst foo-common (2.1 localhost [all])
Remv old-foo [0.9]
Purg older-foo [0.8]
Conf foo (1:2.1-3+b1 Debian:12.5/stable [amd64])
"""


def test_apt(tmp_path: Path) -> None:
    manager = apt.Manager(System(str(tmp_path)), "/var/lib/hardener/packages")
    known = {"foo": ("1:2.0-1", "installed", True), "lib": ("1", "installed", False)}
    text = APT + "Inst lib [1] (2 localhost [all])\n"
    assert manager._parsed(text, {"foo"}, "amd64", known) == {
        "lib": ("2", "installed", False),
        "libfoo1:i386": ("1.2-1", "installed", True),
        "foo": ("1:2.1-3+b1", "installed", False),
        "foo-common": ("2.1", "installed", True),
        "old-foo": None,
        "older-foo": None,
    }


def test_an_epoch_of_0_is_not_shown() -> None:
    assert [dnf.versioned(e, "1-1") for e in ("0", "2", "(none)")] == ["1-1", "2:1-1", "1-1"]


@pytest.mark.parametrize(
    ("word", "state", "purge", "answer"),
    [
        ("a", "present", False, True),
        ("a=1.*", "present", False, True),
        ("a=2", "present", False, False),
        ("gone", "present", False, False),
        ("gone", "absent", False, True),
        ("gone", "absent", True, False),
        ("a", "absent", False, False),
        ("a", "latest", False, False),
        ("a:amd64", "present", False, True),
        ("a:i386", "present", False, False),
        ("python3", "present", False, False),
        ("python3.11", "present", False, True),
    ],
)
def test_satisfied(word: str, state: str, purge: bool, answer: bool) -> None:
    manager = apt.Manager(System("/"), "")
    manager._architecture = "amd64"
    known = {
        "a": ("1.5", "installed", False),
        "gone": ("1", "config-files", False),
        "python3.11": ("1", "installed", False),
    }
    assert satisfied(word, Request((word,), state, purge), known, manager) == answer


def test_an_architecture_is_a_part_of_rpms_names() -> None:
    known = {"c.x86_64": ("1", "installed", False)}
    for word in ("c", "c.x86_64", "c=1"):
        assert satisfied(word, Request((word,), "present"), known, dnf.Manager(System("/"), ""))


def test_merge_takes_out_only_our_packages(tmp_path: Path) -> None:
    system = System(str(tmp_path))
    kind = PackageKind(system, Store(system))
    one, two = ("1", "installed", False), ("2", "installed", False)
    before, after = of({"a": one}), of({"a": two, "b": one})
    assert kind.merge("apt", before, after, of({"a": two, "b": one, "c": one})) == of(
        {"a": one, "c": one}
    )
    half = ("2", "half-configured", False)
    assert kind.merge("apt", before, after, of({"a": half})) == before
    assert kind.merge("apt", before, after, of({"a": ("3", "installed", False), "b": one})) is None


def test_the_holder_of_the_lock(tmp_path: Path) -> None:
    import fcntl
    import os

    assert dpkg_lock.holder(System(str(tmp_path))) is None
    lock = tmp_path / "lock"
    with lock.open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dpkg_lock, "LOCKS", (str(lock),))
            assert dpkg_lock.holder(System("/")) == os.getpid()
            with pytest.raises(Busy, match="another program has held dpkg's lock") as raised:
                dpkg_lock.wait(System("/"), patience=-1)
            assert "python" in raised.value.why
            fcntl.lockf(file, fcntl.LOCK_UN)
            dpkg_lock.wait(System("/"), patience=-1)
