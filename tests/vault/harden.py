"""`harden` and `ansible-vault` in a folder of a test, with passwords in files."""

import os
import subprocess
import sys
from pathlib import Path

from inventory import ansible

from hardener.vault.cipher import seal
from hardener.vault.envelope import write

APART = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /var/lib && exec "$@"', "sh"]
HARDEN = Path(sys.executable).with_name("harden")
PASSWORDS = {"pw": "first password", "prod.pw": "zweites Paßwort", "wrong.pw": "not this one"}


class Place:
    """A folder with files of passwords (`pw`, `prod.pw`, `wrong.pw`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before: list[str] = []
        for name, password in PASSWORDS.items():
            self.write(name, password + "\n")

    def write(self, name: str, content: str | bytes, mode: int = 0o644) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def seal(self, *names: str) -> None:
        """Encrypt files with the password of `pw`."""
        for name in names:
            self.write(name, write(seal(self.read(name), PASSWORDS["pw"].encode())))

    def apart(self) -> None:
        """From now on root works on this machine itself, but leaves no run among those of its owner."""
        self._before = APART if os.geteuid() == 0 else []

    def harden(self, *words: str, stdin: bytes = b"", code: int = 0, **more: str) -> str:
        """Run it; return what it printed, errors first. What it printed as bytes is `self.out`."""
        done = subprocess.run(
            [*self._before, HARDEN, *words], cwd=self.folder, input=stdin,
            env=self.environment(more), capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        self.out = done.stdout
        said = done.stderr.decode() + done.stdout.decode("utf-8", "replace")
        assert done.returncode == code, said
        return said

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        home = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state")}
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **home, **more}

    def theirs(self, program: str, *words: str, stdin: bytes = b"") -> bytes:
        """Run a program of the real Ansible."""
        environment = {
            **self.environment({}), "ANSIBLE_CONFIG": "/nonexistent.cfg",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"), "HOME": "/nonexistent",
        }  # fmt: skip
        done = subprocess.run(
            [ansible.program(program), *words], cwd=self.folder, input=stdin, env=environment,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout
