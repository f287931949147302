"""Mounts of booted hosts, by their own kernel, mount(8) and systemd."""

import subprocess
from typing import Any

import pytest
from inside import Inside
from sandbox import step

from hardener.host.mount import unit

OPTIONS = "awk '$5 == \"{}\" {{ print $6 }}' /proc/self/mountinfo"


@pytest.fixture
def inside(any_host: Any) -> Inside:
    return Inside(any_host)


def mounts(inside: Inside) -> str:
    """What the kernel says, without the numbers of the mounts."""
    return str(
        inside.host.sh("cut -d' ' -f4- /proc/self/mountinfo | sed 's/ shared:[0-9]*//' | sort")
    )


def flags(inside: Inside, path: str) -> set[str]:
    return set(str(inside.host.sh(OPTIONS.format(path))).strip().split(","))


def test_options_of_a_mount_that_is_there(inside: Inside) -> None:
    """/dev/shm stands in no fstab: it gets a line, and its flags now."""
    before, fstab = mounts(inside), inside.host.sh("cat /etc/fstab")
    wish = step("mount", path="/dev/shm", add_opts=["nodev", "nosuid", "noexec"])
    assert "noexec" not in flags(inside, "/dev/shm")
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert "remount mount:/dev/shm" in predicted
    assert (mounts(inside), inside.host.sh("cat /etc/fstab")) == (before, fstab)
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert {"nodev", "nosuid", "noexec"} <= flags(inside, "/dev/shm")
    assert inside.play(wish) == "ok", inside.changes("preview")
    inside.host.sh("mount -o remount,bind,exec,nodev,nosuid /dev/shm")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == ["remount mount:/dev/shm"]
    assert inside.rollback() == "rolled back", inside.trouble()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (mounts(inside), inside.host.sh("cat /etc/fstab")) == (before, fstab)


def test_half_of_memory_is_what_the_kernel_does_not_show(inside: Inside) -> None:
    """As /tmp of Debian 13 on a machine: `size=50%`, and no size to be read."""
    half = "half=$(($(sed -n 's/MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo) / 8 * 4096))"
    inside.host.sh(f"{half}; mkdir /mnt/half; mount -t tmpfs -o size=$half scratch /mnt/half")
    inside.host.sh(f'{half}; echo "scratch /mnt/half tmpfs size=$half 0 0" >> /etc/fstab')
    assert "size=" not in inside.host.sh("findmnt -n -o OPTIONS /mnt/half")
    before = mounts(inside)
    wish = step("mount", path="/mnt/half", add_opts=["noexec"])
    assert inside.play(wish) == "changed", inside.errors()
    assert "noexec" in flags(inside, "/mnt/half") and inside.play(wish) == "ok"
    assert inside.rollback() == "rolled back", inside.trouble()
    assert mounts(inside) == before
    inside.host.sh("mount -o remount,size=8M none /mnt/half")
    assert inside.play(wish) == "changed", inside.errors()
    assert "size=" not in inside.host.sh("findmnt -n -o OPTIONS /mnt/half")


def test_what_a_boot_could_not_mount_is_refused(inside: Inside) -> None:
    """No flag of the kernel differs by it, so nothing would be remounted now and find it out."""
    fstab = inside.host.sh("cat /etc/fstab")
    assert inside.play(step("mount", path="/dev/shm", add_opts=["frobnicate"])) == "refused"
    assert "the kernel takes no tmpfs with the options" in inside.errors()
    assert inside.host.sh("cat /etc/fstab") == fstab
    assert inside.host.sh("findmnt -n -o FSTYPE /") != "tmpfs\n"


UNIT = "[Unit]\nDescription=Scratch\n[Mount]\nWhat=scratch\nWhere=/srv/scratch\nType=tmpfs\nOptions=nosuid,size=10%%\n[Install]\nWantedBy=local-fs.target\n"
SCRATCH = "/etc/systemd/system/srv-scratch.mount"


def test_a_unit_of_its_own(inside: Inside) -> None:
    """It is what counts at boot, as tmp.mount in /etc does: the options are written there."""
    inside.host.write(SCRATCH, UNIT)
    inside.host.sh("systemctl daemon-reload; systemctl enable --now srv-scratch.mount")
    before, fstab = flags(inside, "/srv/scratch"), inside.host.sh("cat /etc/fstab")
    wish = step("mount", path="/srv/scratch", add_opts=["nodev", "noexec"])
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert predicted[0] == f"change file:{SCRATCH}"
    inside.host.reboot()
    inside.send_code()
    assert {"nosuid", "nodev", "noexec"} <= flags(inside, "/srv/scratch")
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (inside.host.read(SCRATCH), inside.host.sh("cat /etc/fstab")) == (UNIT, fstab)
    assert "noexec" not in inside.host.sh("systemctl show -p Options srv-scratch.mount")
    assert flags(inside, "/srv/scratch") == before


def test_tmp_as_the_host_mounts_it(inside: Inside) -> None:
    before = mounts(inside)
    wish = step("mount", path="/tmp", add_opts=["nodev", "nosuid", "noexec"])
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert "noexec" in flags(inside, "/tmp")
    assert inside.host.sh("systemctl show -p SourcePath tmp.mount") == "SourcePath=/etc/fstab\n"
    assert "noexec" in inside.host.sh("systemctl cat tmp.mount")
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert mounts(inside) == before


@pytest.mark.parametrize("path", ["/", "/srv", "/srv/a b", "/mnt/.x-y/z", "/srv/ü:_"])
def test_units_are_named_as_systemd_names_them(path: str) -> None:
    escaped = subprocess.run(
        ["systemd-escape", "--path", "--suffix=mount", path], capture_output=True, check=True
    )
    assert unit.name(path) == escaped.stdout.decode().strip()


def test_a_mount_of_its_own_and_back(inside: Inside) -> None:
    before, disk = mounts(inside), inside.host.hash()
    wish = step(
        "mount", path="/mnt/data", src="tmpfs", fstype="tmpfs", opts="size=10%,mode=0700,noexec"
    )
    file = step("file", 2, path="/mnt/data/x", content="x\n")
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert inside.host.sh("stat -fc %T /mnt/data; stat -c %a /mnt/data") == "tmpfs\n700\n"
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.play(file) == "changed", inside.errors()
    gone = step("mount", path="/mnt/data", state="absent")
    assert inside.play(gone, dry_run=True) == "refused"
    assert "what lies in it would be lost mount:/mnt/data x" in inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert inside.play(gone) == "changed", inside.errors()
    assert (mounts(inside), inside.play(gone)) == (before, "ok")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert "noexec" in flags(inside, "/mnt/data")
    assert inside.rollback() == "rolled back", inside.trouble()
    after = inside.host.hash()
    assert mounts(inside) == before
    assert [
        p for p in disk if p.lstrip("/").startswith(("etc", "mnt")) and disk[p] != after.get(p)
    ] == []
    assert not inside.host.exists("/mnt/data")


LABELLED = """
truncate -s 16M /srv/disk
losetup --find --show /srv/disk > /srv/device
mkfs.ext4 -qL data "$(cat /srv/device)"
mkdir -p /dev/disk/by-label
ln -s "$(cat /srv/device)" /dev/disk/by-label/data
"""


def test_a_disk_by_its_label(inside: Inside) -> None:
    """Found by the link that udev makes; the mount, its folder and its line in fstab go again."""
    inside.host.add_loop_devices()
    wish = step("mount", path="/srv/data", src="LABEL=data", fstype="ext4", opts="noatime,nosuid")
    assert inside.play(wish) == "refused"
    assert "LABEL=data is not there, which is to be mounted" in inside.errors()
    inside.host.sh(LABELLED)
    try:
        before, fstab = mounts(inside), inside.host.sh("cat /etc/fstab")
        assert inside.play(wish) == "changed", inside.errors()
        assert inside.host.sh("stat -fc %T /srv/data") == "ext2/ext3\n"
        assert {"noatime", "nosuid"} <= flags(inside, "/srv/data")
        assert "LABEL=data /srv/data ext4 noatime,nosuid 0 0" in inside.host.sh("cat /etc/fstab")
        assert inside.play(wish) == "ok", inside.changes("preview")
        assert inside.rollback() == "rolled back", inside.trouble()
        assert (mounts(inside), inside.host.sh("cat /etc/fstab")) == (before, fstab)
        assert not inside.host.exists("/srv/data")
    finally:
        inside.host.sh('umount -q /srv/data || true; losetup -d "$(cat /srv/device)"')


def test_a_folder_mounted_once_more(inside: Inside) -> None:
    before = mounts(inside)
    inside.host.write("/srv/here/x", "x\n")
    bind: dict[str, Any] = {"path": "/mnt/there", "src": "/srv/here", "fstype": "none"}
    wish = step("mount", **bind, opts="bind,ro,nosuid")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.host.read("/mnt/there/x") == "x\n"
    assert {"ro", "nosuid"} <= flags(inside, "/mnt/there")
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.play(step("mount", path="/mnt/there", state="unmounted")) == "changed"
    assert inside.rollback() == "rolled back", inside.trouble()
    assert {"ro", "nosuid"} <= flags(inside, "/mnt/there")
    assert inside.host.read("/mnt/there/x") == "x\n"
    assert inside.rollback() == "rolled back", inside.trouble()
    assert mounts(inside) == before


def test_what_is_in_use_is_left(inside: Inside) -> None:
    inside.host.sh("mkdir /mnt/a; mount -t tmpfs a /mnt/a; cp /bin/sleep /mnt/a; "
                   "systemd-run -q --unit=user /mnt/a/sleep 1000; "
                   "until grep -q /mnt/a /proc/*/maps 2>/dev/null; do sleep 0.1; done")  # fmt: skip
    noexec = step("mount", path="/mnt/a", state="remounted", add_opts=["noexec"])
    assert inside.play(noexec, dry_run=True) == "refused"
    assert "sleep could not be started again with noexec" in inside.errors()
    gone = step("mount", path="/mnt/a", state="unmounted")
    assert inside.play(gone, dry_run=True) == "refused"
    assert "uses /mnt/a/sleep" in inside.errors()
    inside.host.sh(
        "systemctl stop user; rm /mnt/a/sleep; mkdir /mnt/a/b; mount -t tmpfs b /mnt/a/b"
    )
    assert inside.play(gone, dry_run=True) == "refused"
    assert "/mnt/a/b is mounted below it" in inside.errors()
    assert inside.play(noexec) == "changed", inside.errors()
    assert inside.play(noexec) == "ok", inside.changes("preview")
    assert "noexec" in flags(inside, "/mnt/a") and "/mnt/a" not in inside.host.sh("cat /etc/fstab")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert "noexec" not in flags(inside, "/mnt/a")


NEEDS = """mkdir /mnt/a; mount -t tmpfs a /mnt/a; cd /mnt/a
cp /bin/sleep suid; chmod 4755 suid; mknod null c 1 3
printf '#!/bin/sh\\nsleep 1000; true\\n' > script; chmod 755 script
systemd-run -q --unit=suid -p User=nobody /mnt/a/suid 1000
systemd-run -q --unit=script /mnt/a/script
systemd-run -q --unit=null sh -c 'exec 7</mnt/a/null; sleep 1000; true'
seen() { ls -l /proc/*/exe /proc/*/fd/7 2>/dev/null | grep -q "$1"; }
until seen /mnt/a/suid && seen /mnt/a/null && grep -qsa /mnt/a/script /proc/[0-9]*/cmdline; do sleep 0.1; done
"""
REASONS = {
    "nosuid": "suid would run without the rights of its program with nosuid",
    "nodev": "could not open its device again with nodev",
    "noexec": "could not be started again with noexec",
}


def test_nothing_is_set_that_a_process_needs_otherwise(inside: Inside) -> None:
    inside.host.sh(NEEDS)
    for flag, why in REASONS.items():
        wish = step("mount", path="/mnt/a", state="remounted", add_opts=[flag])
        assert inside.play(wish, dry_run=True) == "refused"
        assert why in inside.errors()
    inside.host.sh("systemctl stop suid null; rm /mnt/a/suid")
    script = step("mount", path="/mnt/a", state="remounted", add_opts=["noexec"])
    assert inside.play(script, dry_run=True) == "refused"
    assert "uses /mnt/a/script" in inside.errors()
    inside.host.sh("systemctl stop script")
    inside.host.write("/etc/systemd/system/own.service", "[Service]\nExecStart=-/mnt/a/script\n")
    assert inside.play(script, dry_run=True) == "refused"
    assert "own.service could not start /mnt/a/script with noexec" in inside.errors()
    all_three = step("mount", path="/mnt/a", state="remounted", add_opts=["nosuid", "nodev"])
    assert inside.play(all_three) == "changed", inside.errors()
    assert {"nosuid", "nodev"} <= flags(inside, "/mnt/a")


def test_what_can_not_be_mounted_is_refused_or_undone(inside: Inside) -> None:
    fstab = inside.host.sh("cat /etc/fstab")
    missing = step("mount", path="/mnt/a", src="/dev/nowhere", fstype="ext4", opts="nofail")
    assert inside.play(missing, dry_run=True) == "refused"
    assert "/dev/nowhere is not there" in inside.errors()
    odd = step("mount", path="/mnt/a", src="tmpfs", fstype="tmpfs", opts="bogus=1")
    assert inside.play(odd) == "refused"
    wrong = step("mount", path="/mnt/a", src="proc", fstype="proc", opts="hidepid=bogus")
    assert inside.play(wrong) == "rolled back"
    assert "bogus" in inside.errors() or "wrong fs type" in inside.errors()
    assert not inside.host.exists("/mnt/a") and inside.host.sh("cat /etc/fstab") == fstab
