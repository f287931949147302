"""A git repository with a playbook, and people who sign: by real git, ssh-keygen and gpg."""

import os
import subprocess
import sys
from pathlib import Path

HARDEN = Path(sys.executable).with_name("harden")
PLAY = '- hosts: all\n  steps:\n    - file: {path: /etc/motd, content: "%s\\n"}\n'


class Origin:
    """A repository in a folder, a host that is a folder too, and keys beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, folder / "origin"
        self.root, self.state = folder / "root", folder / "state"
        (self.root / "etc").mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "XDG_STATE_HOME": str(self.state),
            "GIT_CONFIG_NOSYSTEM": "1", "GNUPGHOME": str(folder / "gnupg"), "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        self.run("git", "init", "-q", "-b", "main", str(self.url))
        for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
            self.git("config", name, value)

    def ran(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words,
            env=self.environment,
            cwd=self.folder,
            text=True,
            capture_output=True,
            check=False,
        )

    def run(self, *words: str) -> str:
        done = self.ran(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def git(self, *words: str) -> str:
        return self.run("git", "-C", str(self.url), *words)

    def ssh_key(self, name: str) -> None:
        """Make a key; who is to be trusted stands in `signers`."""
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name)

    def signers(self, *names: str) -> str:
        keys = [(self.folder / f"{name}.pub").read_text() for name in names]
        (self.folder / "signers").write_text("".join(f"ada@example.org {key}" for key in keys))
        return str(self.folder / "signers")

    def signs_by_ssh(self, name: str) -> None:
        self.git("config", "gpg.format", "ssh")
        self.git("config", "user.signingKey", str(self.folder / f"{name}.pub"))

    def signs_by_gpg(self) -> str:
        """Make a key and sign by it; return the file of its public half."""
        (self.folder / "gnupg").mkdir(mode=0o700)
        words = ("--batch", "--quiet", "--passphrase", "", "--quick-gen-key")
        self.run("gpg", *words, "ada@example.org", "ed25519", "sign", "never")
        (self.folder / "keyring").write_text(self.run("gpg", "--armor", "--export"))
        self.git("config", "gpg.format", "openpgp")
        self.git("config", "user.signingKey", "ada@example.org")
        return str(self.folder / "keyring")

    def commit(
        self, motd: str, files: "dict[str, str] | None" = None, *, signed: bool = False
    ) -> str:
        for name, text in {"site.yml": PLAY % motd, **(files or {})}.items():
            (self.url / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", motd, *(["-S"] if signed else ["--no-gpg-sign"]))
        return self.git("rev-parse", "HEAD").strip()

    def pull(self, *words: str) -> "subprocess.CompletedProcess[str]":
        own = ("--root", str(self.root))
        return self.ran(str(HARDEN), "pull", str(self.url), "site.yml", *words, "--", *own)

    @property
    def motd(self) -> str:
        path = self.root / "etc/motd"
        return path.read_text().strip() if path.exists() else ""

    @property
    def laid_out(self) -> bool:
        return any(self.state.glob("hardener/pull/*/tree*"))
