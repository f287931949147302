"""permissions on booted hosts: what programs and users may do after it, and what a search leaves alone."""

import os
from typing import Any

from inside import Inside
from lab.host import Host
from sandbox import step

SETUP = """
mkdir -p /srv/area/sub /srv/area/other /srv/area/open
cp /usr/bin/id /srv/area/sub/odd && chmod 4755 /srv/area/sub/odd
cp /usr/bin/id /srv/area/known && chmod 4755 /srv/area/known
mount -t tmpfs none /srv/area/other && cp /usr/bin/id /srv/area/other/away && chmod 4755 /srv/area/other/away
chmod 0777 /srv/area/open && echo x > /srv/area/open/his && mkfifo -m 0666 /srv/area/open/fifo
chown 4321:4321 /srv/area/open/his
ln -s /etc /srv/area/link
echo secret > /srv/area/key && chmod 0660 /srv/area/key
"""
# Version 2: owner rw-, the user 1000 rw-, group r--, mask rw-, others ---: acl(5), linux/posix_acl_xattr.h.
SHARED = bytes.fromhex(
    "02000000 01000600ffffffff 02000600e8030000 04000400ffffffff 10000600ffffffff 20000000ffffffff"
)
BELOW, KNOWN = ["/srv/area"], ["/srv/area/known"]
ACL = "system.posix_acl_access"


def runs_as(host: Host, program: str) -> str:
    return str(host.ssh(f"{program} -u", user="ops").stdout).strip()


def test_there_and_back(any_host: Any) -> None:
    host, inside = any_host, Inside(any_host)
    host.sh(SETUP)
    os.setxattr(host.root / "srv/area/key", ACL, SHARED)
    before = host.hash()
    assert runs_as(host, "/srv/area/sub/odd") == "0"
    wishes = [
        step("permissions", below=BELOW, only="setuid", at_most="1777", leave_out=KNOWN),
        step("permissions", below=BELOW, only="unowned", owner="ops", group="ops"),
        step("permissions", below=BELOW, only="world_writable", sticky=True),
        step("permissions", paths=["/srv/area/key", "/srv/area/none"], at_most="0640"),
    ]
    assert inside.play(*wishes, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert predicted == [
        "change file:/srv/area/sub/odd",
        "change file:/srv/area/open/his",
        "change file:/srv/area/open",
        "change file:/srv/area/key",
    ]
    assert inside.play(*wishes) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    user = runs_as(host, "/srv/area/sub/odd")
    assert user != "0" and runs_as(host, "/srv/area/known") == "0"
    assert runs_as(host, "/srv/area/other/away") == "0"
    assert host.sh("stat -c '%a %U' /srv/area/open /srv/area/open/his").split("\n")[:2] == [
        "1777 root",
        "644 ops",
    ]
    # The bits of the group are the mask: the user of the list may read still, and write no more.
    assert os.getxattr(host.root / "srv/area/key", ACL) == SHARED.replace(
        b"\x10\x00\x06", b"\x10\x00\x04"
    )
    assert inside.play(*wishes) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert os.getxattr(host.root / "srv/area/key", ACL) == SHARED
    assert host.hash() == before


def test_a_whole_host_is_searched_and_reported(any_host: Any) -> None:
    """A report of all programs with set-user-ID bits names sudo, and changes nothing."""
    inside = Inside(any_host)
    wish = step("permissions", below=["/"], only="setuid", leave_out=["/usr/bin/passwd"])
    assert inside.play(wish) == "ok", inside.errors()
    said = "\n".join(inside.notes())
    assert "/usr/bin/sudo is 4755, of 0:0" in said
    assert "/usr/bin/passwd" not in said
