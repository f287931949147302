"""password_policy on booted hosts: it locks who guesses, never who has the key or is root; and back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults.lockout.command import Command
from inside import Inside
from lab.host import Host
from lab.session import Lab
from sandbox import step

GUARDED: dict[str, Any] = {
    "max_days": 365,
    "lockout": {"deny": 3, "unlock_time": 600},
    "history": {"remember": 5},
    "null_passwords": False,
}
IN_FILE: dict[str, Any] = {"in": "file"}
POLICY = GUARDED | {
    "lockout": {**GUARDED["lockout"], "fail_interval": 900, "even_deny_root": False},
    "history": {"remember": 5, "enforce_for_root": True},
}
# What debconf notes is on memory of its own, so that the disk stays as it is.
APART = """cp -a /var/cache/debconf /run/debconf
unshare --mount sh -ec 'mount --bind /run/debconf /var/cache/debconf; pam-auth-update --package'"""
BY_PASSWORD = "sudo -k; sudo -S id -u"


def test_there_and_back_by_the_way_in(lab: Lab, any_host: Host, tmp_path: Path) -> None:
    """By ssh as `ops`, whose password sudo asks for: the fresh login is by the new stacks."""
    harden, host = Command(lab, any_host, tmp_path, user="ops"), any_host
    before = host.hash()
    playbook = str(harden.playbook({"password_policy": GUARDED}))
    done = harden("apply", playbook)
    assert done.returncode == 0, done.stdout + done.stderr
    assert harden("apply", playbook, "--detailed-exitcode").returncode == 0
    stacks = host.sh("cat /etc/pam.d/common-* /var/lib/pam/*")
    host.sh(APART)
    assert host.sh("cat /etc/pam.d/common-* /var/lib/pam/*") == stacks
    assert "PASS_MAX_DAYS\t365\n" in host.read("/etc/login.defs")
    guesses_are_counted(lab, host)
    assert harden("rollback").returncode == 0
    assert harden.difference(before) == ""


def guesses_are_counted(lab: Lab, host: Host) -> None:
    """All in one session: a login by key opens the lock again (pam_faillock(8), «account»)."""
    guesses = "wrong\n" * 3
    right = host.ssh(
        f"sudo -S true; {BY_PASSWORD}", user="ops", input=guesses + lab.password + "\n", check=False
    )
    assert right.returncode != 0, "it was not locked"
    assert host.sh("faillock --user ops").count(" V\n") >= 3
    assert host.ssh("id -u", user="root").stdout == "0\n"
    assert host.ssh(BY_PASSWORD, user="ops", input=lab.password + "\n").stdout == "0\n"


def test_without_its_module_nobody_could_log_in(host: Host) -> None:
    inside = Inside(host)
    stack = host.read("/etc/pam.d/common-auth")
    host.sh("find /usr/lib -name pam_faillock.so -delete")
    assert inside.play(step("password_policy", **POLICY)) == "refused"
    assert "needs pam_faillock.so, which is not there" in inside.errors()
    assert host.read("/etc/pam.d/common-auth") == stack


def test_what_is_asked_of_a_password(make_host: Callable[..., Host]) -> None:
    inside = Inside(make_host(packages=["libpam-pwquality"]))
    host = inside.host
    quality = {"minlen": 14, "minclass": 3, "enforce_for_root": True, "dictcheck": 0}
    policy = step("password_policy", **POLICY, quality=quality, name="50-own")
    assert change(host, "short") == "", "nothing is asked before"
    host.write("/etc/security/pwquality.conf.d/60-other.conf", "minlen = 8\n")
    assert inside.play(policy) == "refused"
    assert "60-other.conf has the last word: minlen = 8" in inside.errors()
    host.sh("rm -r /etc/security/pwquality.conf.d")
    assert inside.play(policy) == "changed", inside.errors()
    assert inside.play(policy) == "ok", inside.changes("preview")
    assert "shorter than 14" in change(host, "Short-1")
    assert change(host, "Long enough, number 1") == ""
    assert change(host, "Long enough, number 2") == ""
    assert "already used" in change(host, "Long enough, number 1")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert change(host, "short") == ""
    assert inside.play(step("password_policy", **IN_FILE, quality=quality)) == "changed"
    assert "shorter than 14" in change(host, "Short-1")
    assert not host.exists("/etc/security/pwquality.conf.d")


def change(host: Host, password: str) -> str:
    """Set the password of `trader` as root does; return why PAM did not take it."""
    ran = host.run(["passwd", "trader"], input=f"{password}\n" * 2, check=False)
    return "" if ran.returncode == 0 else ran.stderr
