"""Accounts on booted hosts: the very lines that useradd and its kin write, and back (D16)."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from inside import Inside
from lab.treehash import difference
from sandbox import step

LEFT_OUT = ("tmp", "run", "var/log", "var/lib/hardener", "var/lib/systemd", "root/.cache")
FILES = "passwd shadow group gshadow subuid subgid"
HASH = "$6$4Yd3kq1c$Q2ZzJx8yT5m0WcVn3bLr7PpUe9sHfGa1"
LISTED = "find {0} -printf '%P %M %U %G %l\\n' 2>/dev/null | sort"


@pytest.fixture
def inside(host: Any) -> Inside:
    return Inside(host)


# What both are asked for, in this order, each on what the ones before have left.
WISHES: list[tuple[str, dict[str, Any], str]] = [
    ("group", {"name": "web"}, "groupadd web"),
    ("group", {"name": "jobs", "system": True}, "groupadd --system jobs"),
    ("group", {"name": "shop", "gid": 4000}, "groupadd --gid 4000 shop"),
    ("user", {"name": "deploy"}, "useradd --create-home deploy"),
    (
        "user",
        {"name": "ana", "groups": ["web", "jobs"], "comment": "Ana B", "shell": "/bin/bash",
         "password": HASH, "expires": "2031-05-06"},
        f"useradd -m -G web,jobs -c 'Ana B' -s /bin/bash -p '{HASH}' -e 2031-05-06 ana",
    ),
    ("user", {"name": "daemon1", "system": True, "create_home": False}, "useradd --system daemon1"),
    (
        "user",
        {"name": "daemon2", "system": True, "home": "/srv/d2", "group": "jobs",
         "shell": "/usr/sbin/nologin"},
        "mkdir -p /srv; useradd -r -m -d /srv/d2 -g jobs -s /usr/sbin/nologin daemon2",
    ),
    ("user", {"name": "far", "uid": 5005}, "useradd -m -u 5005 far"),
    ("user", {"name": "next"}, "useradd -m next"),
    ("user", {"name": "ana", "groups": ["shop"]}, "usermod -G shop ana"),
    ("user", {"name": "ana", "groups": ["web"], "append": True}, "usermod -a -G web ana"),
    ("user", {"name": "ana", "password_lock": True}, "usermod -L ana"),
    ("user", {"name": "ana", "password_lock": False}, "usermod -U ana"),
    ("user", {"name": "ana", "shell": "/bin/sh", "comment": "A", "expires": "never"},
     "usermod -s /bin/sh -c A -e '' ana"),
    (
        "user",
        {"name": "ana", "password_expire_max": 90, "password_expire_min": 1,
         "password_expire_warn": 14, "password_expire_account_disable": 30},
        "chage -M 90 -m 1 -W 14 -I 30 ana",
    ),
    ("user", {"name": "deploy", "group": "shop"}, "usermod -g shop deploy"),
    ("user", {"name": "far", "uid": 5600}, "usermod -u 5600 far"),
    ("user", {"name": "far", "home": "/srv/far", "move_home": True}, "usermod -m -d /srv/far far"),
    ("group", {"name": "web", "gid": 4700}, "groupmod -g 4700 web"),
    ("user", {"name": "next", "state": "absent", "remove": True}, "userdel -r next || true"),
    ("user", {"name": "ana", "state": "absent"}, "userdel ana"),
    ("group", {"name": "web", "state": "absent"}, "groupdel web"),
]  # fmt: skip


def files(host: Any) -> dict[str, str]:
    return {name: host.sh(f"cat /etc/{name}") for name in FILES.split()}


def homes(host: Any) -> str:
    return str(host.sh(LISTED.format("/home") + ";" + LISTED.format("/srv")))


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_the_lines_that_useradd_writes(make_host: Callable[..., Any], suite: str) -> None:
    ours, theirs = (make_host(suite=suite) for _ in range(2))
    inside = Inside(ours)
    start, before = files(ours), ours.hash(leave_out=LEFT_OUT)
    for number, (type, params, command) in enumerate(WISHES, 1):
        theirs.sh(command)
        assert inside.play(step(type, number, **params)) == "changed", (command, inside.errors())
        assert inside.changes("apply") == inside.changes("preview")
        assert files(ours) == files(theirs), command
        assert homes(ours) == homes(theirs), command
    for run in range(len(WISHES), 0, -1):
        assert inside.rollback(f"run-{run:03}") == "rolled back", inside.events
    assert files(ours) == start
    assert difference(before, ours.hash(leave_out=LEFT_OUT)) == ""


PLAY = [
    step("group", 1, name="web"),
    step("user", 2, name="deploy", groups=["web"], password=HASH, home_mode="0750"),
    step("file", 3, path="/home/deploy/site", state="directory", owner="deploy", group="web"),
    step("user", 4, name="trader", state="absent", remove=True),
]


def test_later_steps_see_the_user_in_the_preview(inside: Inside) -> None:
    before = inside.host.hash(leave_out=LEFT_OUT)
    assert inside.play(*PLAY, dry_run=True) == "pending", inside.errors()
    assert "create file:/home/deploy/site" in inside.changes("preview")
    assert difference(before, inside.host.hash(leave_out=LEFT_OUT)) == ""
    predicted = inside.changes("preview")
    assert inside.play(*PLAY) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert inside.host.sh("stat -c '%U %G %a' /home/deploy /home/deploy/site") == (
        "deploy deploy 750\ndeploy web 755\n"
    )
    assert not inside.host.exists("/home/trader")
    assert inside.play(*PLAY) == "ok", inside.changes("preview")
    assert HASH not in repr(inside.events)
    assert inside.rollback("run-002") == "rolled back", inside.trouble()
    assert difference(before, inside.host.hash(leave_out=LEFT_OUT)) == ""


def test_others_accounts_made_since_stay(inside: Inside) -> None:
    assert inside.play(step("user", name="deploy")) == "changed", inside.errors()
    inside.host.sh("useradd -m later; chage -M 50 later")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert inside.host.sh("getent passwd deploy || true") == ""
    assert inside.host.sh("chage -l later | grep Maximum").endswith(": 50\n")
    assert inside.host.sh("pwck -rq; grpck -r") == ""


def test_who_runs_processes_stays(inside: Inside) -> None:
    unit = "[Service]\nUser=trader\nExecStart=sleep 600\n"
    inside.host.write("/etc/systemd/system/work.service", unit)
    inside.host.sh("systemctl daemon-reload; systemctl start work")
    gone = step("user", 2, name="trader", state="absent")
    assert inside.play(gone, dry_run=True) == "refused"
    assert "trader can't be removed now" in inside.errors()
    assert "sleep" in inside.errors()
    stop = step("service", 1, name="work", running=False)
    assert inside.play(stop, gone, dry_run=True) == "pending", inside.errors()
    assert [e["status"] for e in inside.events if e["event"] == "step"][-1] == "unknown"
    assert inside.play(stop, gone) == "changed", inside.errors()
    assert inside.host.sh("getent passwd trader || true") == ""


def test_whom_systemd_has_made_up_is_not_ours(make_host: Callable[..., Any]) -> None:
    inside = Inside(make_host(packages=["libnss-systemd"]))
    inside.host.sh("systemd-run --quiet -p DynamicUser=yes --unit wanderer sleep 600; id wanderer")
    assert inside.play(step("user", name="wanderer")) == "refused", inside.changes("preview")
    assert "the user wanderer is not in /etc/passwd: it comes from elsewhere" in inside.errors()
    assert inside.play(step("group", name="wanderer")) == "refused", inside.changes("preview")


HOLD = """import fcntl, time
file = open("/etc/.pwd.lock", "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(%d)
"""


@contextmanager
def held(host: Any, seconds: int) -> Iterator[Any]:
    """The lock in the hands of another program, as vipw has it while somebody types."""
    with host.popen(["python3", "-c", HOLD % seconds], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def test_the_lock_of_shadow_utils_is_waited_for(inside: Inside) -> None:
    with held(inside.host, 4) as holder:
        assert inside.play(step("group", name="web")) == "changed", inside.errors()
        assert holder.poll() is not None, "nobody waited for it"
    with held(inside.host, 600):
        assert inside.play(step("group", name="late")) == "rolled back"
        assert "another program writes accounts" in inside.errors()
