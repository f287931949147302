"""AppArmor on booted hosts: what apparmor_parser refuses, links and flags, there and back.

The machine's kernel has no AppArmor: that the step does not apply there is tried, a load by a kernel
is not. What it makes of the kernel's list is tried with a list that the test lays.
"""

from collections.abc import Callable
from typing import Any

import pytest
from inside import Inside
from lab.host import Host
from lab.tree import SUITES
from sandbox import step

FOLDER = "/etc/apparmor.d"
LISTED = "/sys/kernel/security/apparmor/profiles"
APP = """abi <abi/3.0>,
include <tunables/global>

profile app /usr/{local/,}bin/app flags=(complain) {
  include <abstractions/base>
  include if exists <local/app>
  /etc/app r,
  profile child {
    /x r,
  }
}
"""


@pytest.fixture(params=SUITES)
def inside(make_host: Callable[..., Host], request: pytest.FixtureRequest) -> Inside:
    return Inside(make_host(suite=request.param, packages=["apparmor"]))


def etc(host: Host) -> dict[str, Any]:
    return {path: row for path, row in host.hash().items() if path.startswith("etc/apparmor")}


def laid(host: Host, *lines: str) -> None:
    """Say in the kernel's place which profiles it has."""
    host.sh("mountpoint -q /sys/kernel/security || mount -t tmpfs none /sys/kernel/security")
    host.write(LISTED, "".join(line + "\n" for line in lines))


def test_it_does_not_apply_where_the_kernel_has_none(inside: Inside) -> None:
    before = etc(inside.host)
    wish = step("apparmor", name="app", content=APP)
    assert inside.play(wish) == "refused"
    assert "this host's kernel has no AppArmor" in inside.errors()
    wish["calls"][0]["if_possible"] = True
    assert inside.play(wish) == "ok", inside.errors()
    assert etc(inside.host) == before


def test_files_alone_there_and_back(inside: Inside) -> None:
    host, before = inside.host, etc(inside.host)
    wish = step("apparmor", name="app", content=APP, mode="enforce", live=False)
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted == [f"create file:{FOLDER}/app"]
    assert host.read(f"{FOLDER}/app") == APP.replace(" flags=(complain)", "")
    assert inside.play(wish) == "ok", inside.changes("preview")
    off = step("apparmor", name="app", mode="disable", live=False)
    assert inside.play(off) == "changed", inside.errors()
    said = host.run(["apparmor_parser", "-Q", "-K", f"{FOLDER}/app"], check=False)
    assert "disable" in said.stdout + said.stderr, "apparmor_parser would not know that it is off"
    complain = step("apparmor", name="app", mode="complain", live=False)
    assert inside.play(complain) == "changed", inside.errors()
    said = host.run(["apparmor_parser", "-Q", "-K", f"{FOLDER}/app"], check=False)
    assert "force" in said.stdout + said.stderr, "apparmor_parser would not know that it complains"
    every = step("apparmor", name="*", mode="enforce", live=False)
    assert inside.play(every) == "changed", inside.errors()
    assert f"remove file:{FOLDER}/force-complain/app" in inside.changes("apply")
    assert host.sh(f"grep -El '^[^#]*complain.*{{' {FOLDER}/* 2>/dev/null || true") == ""
    host.sh(f"for each in {FOLDER}/*; do [ ! -f $each ] || apparmor_parser -Q -K $each; done")
    assert inside.play(every) == "ok", inside.changes("preview")
    for _ in range(4):
        assert inside.rollback() == "rolled back", inside.trouble()
    assert etc(host) == before


@pytest.mark.parametrize(
    ("was", "is_now", "why"),
    [
        ("/etc/app r,", "/etc/app rqq,", "syntax error"),
        ("abstractions/base", "abstractions/nope", "abstractions/nope"),
        ("/etc/app r,", "/etc/app r", "syntax error"),
    ],
)
def test_what_apparmor_parser_refuses(inside: Inside, was: str, is_now: str, why: str) -> None:
    """Also of one that is off: by its name apparmor_parser would pass it over."""
    host = inside.host
    host.sh(f"mkdir -p {FOLDER}/disable; ln -s {FOLDER}/app {FOLDER}/disable/app")
    before = etc(host)
    wish = step("apparmor", name="app", content=APP.replace(was, is_now), live=False)
    assert inside.play(wish) == "refused"
    assert f"apparmor_parser refuses the new {FOLDER}/app" in inside.errors()
    assert why in inside.errors()
    assert etc(host) == before


def test_what_the_kernel_lists_decides(inside: Inside) -> None:
    """As listed it is done; otherwise it is loaded, which this kernel can't, and all is undone."""
    host = inside.host
    host.write(f"{FOLDER}/app", APP.replace(" flags=(complain)", ""))
    laid(host, "app (enforce)", "app//child (enforce)", "/usr/bin/other (complain)")
    before = etc(host)
    wish = step("apparmor", name="app", mode="enforce")
    assert inside.play(wish) == "ok", inside.changes("preview")
    for lines in (["app (complain)"], ["other (enforce)"], []):
        laid(host, *lines)
        assert inside.play(wish, dry_run=True) == "pending", lines
        assert inside.changes("preview") == ["change apparmor_load:app (app)"]
    laid(host, "app (complain)")
    assert inside.play(wish) in ("failed", "rolled back")
    assert "apparmor_parser" in inside.errors()
    assert etc(host) == before
    complain = step("apparmor", name="app", mode="complain")
    assert inside.play(complain, dry_run=True) == "pending"
    assert "change apparmor_load:app (app)" in inside.changes("preview")
    assert inside.play(step("apparmor", name="app", state="absent"), dry_run=True) == "pending"
    assert inside.changes("preview") == [
        f"remove file:{FOLDER}/app",
        "change apparmor_load:app (app)",
    ]
    other = step("apparmor", name="app", content=APP.replace("profile app", "profile new"))
    assert inside.play(other, dry_run=True) == "pending", inside.errors()
    assert inside.changes("preview")[-1] == "change apparmor_load:app (app, new)"


def test_a_profile_of_sshd_is_guarded(inside: Inside) -> None:
    """What it forbids may be a login."""
    laid(inside.host)
    sshd = APP.replace("profile app /usr/{local/,}bin/app", "profile sshd /usr/sbin/sshd")
    assert (
        inside.play(step("apparmor", name="usr.sbin.sshd", content=sshd), dry_run=True) == "pending"
    )
    risks = [c["risk"] for e in inside.events if e["event"] == "step" for c in e["changes"]]
    assert risks[-1] == "access"
