"""Modules that are kept out, by modprobe of booted hosts: the kernel of the machine loads none for them."""

from typing import Any

import pytest
from inside import Inside
from sandbox import step

ASK = "modprobe -n -v dccp 2>&1 || true"


@pytest.fixture
def inside(any_host: Any) -> Inside:
    return Inside(any_host)


def test_there_and_back(inside: Inside) -> None:
    before, said = inside.host.hash(), inside.host.sh(ASK)
    wish = step("kernel_module", name="10-own", modules=["dccp", "usb-storage"])
    assert "install /bin/false" not in said
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert inside.host.sh(ASK) == said
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted == ["create file:/etc/modprobe.d/10-own.conf"]
    assert inside.host.sh(ASK).split() == ["install", "/bin/false"]
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert inside.host.sh(ASK) == said
    after = inside.host.hash()
    assert [path for path in before if "modprobe" in path and before[path] != after.get(path)] == []
    assert not inside.host.exists("/etc/modprobe.d/10-own.conf")


def test_what_is_mounted_needs_its_module(inside: Inside) -> None:
    wish = step("kernel_module", name="10-own", modules=["overlay"])
    assert inside.play(wish) == "refused"
    assert "overlay is in use: / is mounted by it" in inside.errors()


def test_modprobe_is_asked_what_it_does_where_the_module_is_loaded(inside: Inside) -> None:
    """Of one that it takes for loaded (/sys/module) it says nothing, unless asked for all that it would do."""
    inside.host.sh(
        "mkdir -p /run/module/dccp; echo live > /run/module/dccp/initstate; mount --bind /run/module /sys/module"
    )
    wish = step("kernel_module", name="10-own", modules=["dccp"])
    try:
        assert inside.play(wish) == "changed", inside.errors()
        assert inside.host.sh(ASK) == ""
        assert inside.rollback() == "rolled back", inside.trouble()
    finally:
        inside.host.sh("umount /sys/module")
