"""A booted host that pulls: by its own timer, verified, and guarded although nobody looks on."""

import shutil
import sysconfig
from pathlib import Path

import pytest
from lab.host import Host
from until import until

REPO = Path(__file__).resolve().parents[2]
NEEDED = (
    *("attr", "attrs", "click", "jinja2", "jsonschema", "jsonschema_specifications", "markupsafe"),
    *("referencing", "rpds", "typing_extensions.py", "yaml", "_yaml"),
)
HARDEN = """\
#!/usr/bin/python3
import sys
sys.path.insert(0, "/opt/harden")
from hardener.cli import main
main()
"""
ORIGIN = """\
mkdir -p /etc/harden /root/.ssh && cd /etc/harden
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/ada
echo "ada@example.org $(cat /root/.ssh/ada.pub)" > signers
git init -q -b main /srv/origin && cd /srv/origin
git config user.name Ada && git config user.email ada@example.org
git config gpg.format ssh && git config user.signingKey /root/.ssh/ada.pub
"""
PULL = "harden pull file:///srv/origin site.yml --verify commit --signers /etc/harden/signers"
MOTD = '- hosts: all\n  steps:\n    - file: {path: /etc/motd, content: "%s\\n"}\n'
SSHD = "- hosts: all\n  steps:\n    - sshd: {options: {MaxAuthTries: 4}}\n"
# sshd that reads its configuration anew listens again in a moment.
WELL = "  verify:\n    - port: {port: 22}\n      retries: 5\n"
DROP_IN = "/etc/ssh/sshd_config.d"


CUT = SSHD + "    - file: {path: /srv/origin/.git/HEAD, state: absent}\n"


@pytest.fixture
def pulling(host: Host) -> Host:
    """A host with harden, by the Python of Debian, and with a repository whose author signs."""
    site, here = host.root / "opt/harden", Path(sysconfig.get_path("purelib"))
    for name in NEEDED:
        part = here / name
        copy = shutil.copytree if part.is_dir() else shutil.copy
        site.mkdir(parents=True, exist_ok=True)
        copy(part, site / name)
    for name in ("hardener", "schemas", "templates"):
        shutil.copytree(REPO / name, site / name)
    host.write("/usr/local/bin/harden", HARDEN, mode="0755")
    host.sh(ORIGIN)
    return host


def commit(host: Host, text: str, *, signed: bool = True) -> None:
    host.write("/srv/origin/site.yml", text)
    sign = "-S" if signed else "--no-gpg-sign"
    host.sh(f"cd /srv/origin && git add -A && git commit -q -m x {sign}")


def motd(host: Host) -> str:
    return host.sh("cat /etc/motd 2>/dev/null || true").strip()


def journal(host: Host) -> str:
    return host.sh("journalctl -q -o cat -u harden-pull.service")


def units(host: Host) -> str:
    return host.sh("find /etc/systemd -printf '%p %y %m %l\\n' | sort")


def test_a_timer_pulls_what_is_signed(pulling: Host) -> None:
    before = units(pulling)
    commit(pulling, MOTD % "one")
    installed = pulling.sh(f"{PULL} --install --every 3s --splay 1")
    assert "harden-pull.timer" in installed
    assert units(pulling) != before
    pulling.sh("systemctl start harden-pull.service")
    assert motd(pulling) == "one"
    commit(pulling, MOTD % "two")
    until(lambda: motd(pulling) == "two", 90)
    commit(pulling, MOTD % "three", signed=False)
    until(lambda: "is not signed by anybody whom this host trusts" in journal(pulling), 90)
    assert motd(pulling) == "two"
    assert pulling.sh("systemctl is-active harden-pull.timer") == "active\n"
    pulling.sh("systemctl stop harden-pull.timer harden-pull.service || true")
    runs = pulling.sh(
        "harden history --format jsonl | grep install.yml | grep -o '2[0-9]*-[0-9]*-[0-9a-f]*' | head -1"
    )
    pulling.sh(f"harden rollback {runs.strip()}")
    assert units(pulling) == before


def test_checks_keep_a_run_that_could_lock_out(pulling: Host) -> None:
    commit(pulling, SSHD + WELL)
    said = pulling.run(["sh", "-c", PULL]).stdout
    assert "confirmed" in said
    assert "MaxAuthTries 4" in pulling.sh(f"cat {DROP_IN}/*")
    assert "applied" in pulling.sh("harden status")
    assert pulling.sh("sshd -T | grep -i maxauthtries") == "maxauthtries 4\n"


@pytest.mark.parametrize(
    ("play", "why"),
    [(SSHD, "the playbook has no `verify` checks"), (CUT + WELL, "can't be reached any more")],
    ids=["no checks", "no next pull"],
)
def test_what_nothing_proves_is_undone(pulling: Host, play: str, why: str) -> None:
    before = pulling.sh(f"ls {DROP_IN}")
    commit(pulling, play)
    done = pulling.run(["sh", "-c", f"{PULL} -- --confirm-within 5"], check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert why in done.stderr
    until(lambda: "rolled back" in pulling.sh("harden status --format jsonl || true"), 90)
    assert pulling.sh(f"ls {DROP_IN}") == before
