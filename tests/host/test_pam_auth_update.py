"""The stacks of PAM as steps make them, and as the real pam-auth-update makes them: the same bytes."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay, listing

PROFILES = {
    "unix": """Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_unix.so nullok try_first_pass
Auth-Initial:
	[success=end default=ignore]	pam_unix.so nullok
Account-Type: Primary
Account:
	[success=end new_authtok_reqd=done default=ignore]	pam_unix.so
Session-Type: Additional
Session:
	required	pam_unix.so
Password-Type: Primary
Password:
	[success=end default=ignore]	pam_unix.so obscure use_authtok try_first_pass yescrypt
Password-Initial:
	[success=end default=ignore]	pam_unix.so obscure yescrypt
""",
    "pwquality": """Name: Pwquality password strength checking
Default: yes
Priority: 1024
Conflicts: cracklib
Password-Type: Primary
Password:
	requisite			pam_pwquality.so retry=3
""",
    "sss": """Name: SSS authentication
Default: yes
Priority: 128
Auth-Type: Primary
Auth-Final:
	[success=end default=ignore]	pam_sss.so use_first_pass
Account-Type: Additional
Account:
	[success=end default=ignore]	pam_localuser.so
	[default=bad success=ok user_unknown=ignore]	pam_sss.so
""",
    "systemd": """Name: Register user sessions
Default: yes
Priority: 0
Session-Interactive-Only: yes
Session-Type: Additional
Session:
	optional	pam_systemd.so
""",
}
POLICY = {
    "lockout": {"deny": 5, "unlock_time": 900, "fail_interval": 900, "even_deny_root": False},
    "history": {"remember": 24, "enforce_for_root": True},
}
BY_HAND = {
    "nothing": ("auth", "", ""),
    "an option more": ("password", "obscure use_authtok", "obscure rounds=99 use_authtok"),
    "an option less": ("auth", " nullok", ""),
    "lines around": ("auth", "# end of pam-auth-update config", "# end of pam-auth-update config\nauth optional pam_echo.so"),
    "a line less": ("session", "session\toptional\tpam_systemd.so \n", ""),
}  # fmt: skip
SHIPPED = Path("/usr/share/pam")


APART = 'mount --bind "$0" /var/cache/debconf; exec pam-auth-update "$@"'


def update(root: Path, *words: str) -> None:
    """Run the real one on a tree; what debconf notes is not this machine's."""
    debconf = root.parent / "debconf"
    if not debconf.exists():
        shutil.copytree("/var/cache/debconf", debconf)
    alone = ["unshare", "--mount", "sh", "-ec", APART, debconf]
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*alone, "--root", root, *words], env=env, check=True, capture_output=True)


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    """A Debian whose stacks the real program has made."""
    needs.root()
    needs.program("pam-auth-update")
    root = tmp_path / "host"
    empty = {"content": "", "mode": "0755"}
    modules = ("unix", "pwquality", "sss", "systemd", "permit", "deny", "faillock", "pwhistory")
    files: dict[str, Any] = {
        f"/usr/share/pam-configs/{name}": text for name, text in PROFILES.items()
    }
    files |= {f"/lib/security/pam_{name}.so": empty for name in (*modules, "localuser", "echo")}
    for file in SHIPPED.glob("common-*"):
        if not file.name.endswith("md5sums"):
            files[f"/etc/pam.d/{file.name}"] = file.read_text()
    files |= {"/usr/sbin/pam-auth-update": empty, "/var/lib/pam": {"directory": True}}
    files["/etc/security/faillock.conf"] = "# deny = 3\n"
    lay(root, files)
    update(root, "--package", "--force")
    for old in root.glob("etc/pam.d/*.pam-old"):
        old.unlink()
    return Sandbox(root)


@pytest.mark.parametrize("hand", BY_HAND)
def test_they_are_what_the_real_program_makes_of_them(host: Sandbox, hand: str) -> None:
    name, old, new = BY_HAND[hand]
    stack = host.root / f"etc/pam.d/common-{name}"
    assert old in stack.read_text()
    stack.write_text(stack.read_text().replace(old, new))
    before = listing(host.root)
    copied = shutil.copytree(host.root, host.root.parent / "copy", symlinks=True)
    assert host.play(step("password_policy", **POLICY)) == "changed", host.errors()
    done = listing(host.root)
    for name in ("usr/share/pam-configs", "etc/security"):
        shutil.copytree(host.root / name, copied / name, dirs_exist_ok=True)
    update(copied, "--package")
    assert listing(copied) == done
    assert "requisite\tpam_faillock.so preauth" in (copied / "etc/pam.d/common-auth").read_text()
    update(host.root, "--package")
    assert listing(host.root) == done
    assert host.rollback() == "rolled back"
    assert listing(host.root) == before


def test_taken_away_they_are_as_before(host: Sandbox) -> None:
    before = listing(host.root / "etc/pam.d"), listing(host.root / "var/lib/pam")
    assert host.play(step("password_policy", **POLICY)) == "changed", host.errors()
    assert host.play(step("password_policy", state="absent")) == "changed", host.errors()
    assert (listing(host.root / "etc/pam.d"), listing(host.root / "var/lib/pam")) == before
    update(host.root, "--package")
    assert (listing(host.root / "etc/pam.d"), listing(host.root / "var/lib/pam")) == before
