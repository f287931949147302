"""A signed repository on loopback, as the apt of a booted host takes it: aside first, then live, and back."""

import hashlib
import subprocess
from email.utils import formatdate
from pathlib import Path
from typing import Any

from inside import Inside
from repository import REPOSITORY, build, changed
from sandbox import step
from until import until

URI = "http://127.0.0.1:8099"
SERVER = (
    f"systemd-run -q --unit=mirror python3 -m http.server --bind 127.0.0.1 -d {REPOSITORY} 8099"
)
ASK = f"import urllib.request as u; u.urlopen('{URI}')"
CANDIDATE = "apt-cache policy app | sed -n 's/^  Candidate: //p'"


class Signer:
    """A key of its own, by the real gpg."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700)
        self.home = home
        self.gpg("--passphrase", "", "--quick-generate-key", "a@example.org", "ed25519", "sign")
        self.key = self.gpg("--armor", "--export")

    def gpg(self, *words: str, text: str = "") -> str:
        argv = ["gpg", "-q", "--batch", "--homedir", str(self.home), "--no-tty", *words]
        return subprocess.run(argv, input=text, capture_output=True, text=True, check=True).stdout

    def fingerprint(self) -> str:
        rows = [line.split(":") for line in self.gpg("--with-colons", "-k").splitlines()]
        return next(row[9] for row in rows if row[0] == "fpr")

    def sign(self, host: Any) -> None:
        """Put an InRelease beside the Packages of the repository."""
        packages = host.read(f"{REPOSITORY}/Packages").encode()
        line = f" {hashlib.sha256(packages).hexdigest()} {len(packages)} Packages\n"
        release = f"Date: {formatdate(usegmt=True)}\nSHA256:\n{line}"
        host.write(f"{REPOSITORY}/InRelease", self.gpg("--clearsign", text=release))


def wish(signer: Signer, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"name": "own", "uris": [URI], "suites": ["./"], "key": signer.key}
    return step("apt_repository", **{**given, **more})


def test_there_and_back(any_host: Any, tmp_path: Path) -> None:
    host, inside = any_host, Inside(any_host)
    ours, other = Signer(tmp_path / "ours"), Signer(tmp_path / "other")
    host.write("/etc/apt/sources.list", f"# own\ndeb {URI} ./\n")
    host.sh("rm -f /etc/apt/sources.list.d/*")
    build(host, "deb app 1.0")
    ours.sign(host)
    host.sh(SERVER)
    until(lambda: host.run(["python3", "-c", ASK], check=False).returncode == 0)
    before = host.hash()
    assert inside.play(wish(ours)) == "refused" and "replace: true" in inside.errors()
    for bad, said in (
        (wish(other, replace=True), "not signed"),
        (
            wish(ours, replace=True, uris=[URI + "/none"], suites=["./"]),
            "does not have a Release file",
        ),
        (wish(ours, replace=True, uris=["http://127.0.0.1:8098"]), "127.0.0.1:8098"),  # nobody
        (wish(ours, replace=True, fingerprints=[other.fingerprint()]), ours.fingerprint()),
    ):
        assert inside.play(bad) == "refused", inside.changes("preview")
        assert said in inside.errors()
    assert changed(before, host.hash()) == []
    good = wish(ours, replace=True, fingerprints=[ours.fingerprint()])
    foretold = inside.foretold(good)
    assert "change file:/etc/apt/sources.list" in foretold
    host.sh("apt-get update")
    assert host.sh(CANDIDATE).strip() == "1.0"
    assert inside.play(good) == "ok", inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert changed(before, host.hash()) == []


def test_a_key_that_its_owner_publishes(any_host: Any, tmp_path: Path) -> None:
    """Armored or not; fetched once, and only where it is not there."""
    host, inside = any_host, Inside(any_host)
    ours, other = Signer(tmp_path / "ours"), Signer(tmp_path / "other")
    build(host, "deb app 1.0")
    ours.sign(host)
    for name, signer in (("key.asc", ours), ("other.asc", other)):
        host.write(f"{REPOSITORY}/{name}", signer.key)
    host.write(f"{REPOSITORY}/page.html", "<p>moved</p>")
    lines = ours.key.split("\n\n", 1)[1].rpartition("\n=")[0]
    host.sh(f"base64 -d > {REPOSITORY}/key.gpg <<'E'\n{lines}\nE")
    host.sh(SERVER)
    until(lambda: host.run(["python3", "-c", ASK], check=False).returncode == 0)
    before = host.hash()

    def published(name: str, **more: Any) -> dict[str, Any]:
        given = {"key_url": f"{URI}/{name}", "fingerprints": [ours.fingerprint()], **more}
        whole = {"name": "own", "uris": [URI], "suites": ["./"], **given}
        return step("apt_repository", **whole)

    for name, said in (
        ("other.asc", "this is not the key of own"),
        ("page.html", f"{URI}/page.html is no key"),
        ("none.asc", f"{URI}/none.asc can't be fetched from this host"),
    ):
        assert inside.play(published(name)) == "refused", inside.changes("preview")
        assert said in inside.errors()
    assert inside.play(published("x", key_url="http://127.0.0.1:8098/x")) == "refused"
    assert "Connection refused" in inside.errors()
    assert changed(before, host.hash()) == []
    for name in ("key.asc", "key.gpg"):
        assert "create file:/etc/apt/keyrings/own.asc" in inside.foretold(published(name))
        host.sh("apt-get update")
        assert host.sh(CANDIDATE).strip() == "1.0"
        asked = host.sh("journalctl -o cat -u mirror").count(f"GET /{name}")
        assert inside.play(published("none.asc")) == "ok", inside.errors()
        log = host.sh("journalctl -o cat -u mirror")
        assert (asked, log.count(f"GET /{name}")) == (2, 2), "the preview's, and the apply's"
        assert inside.rollback() == "rolled back", inside.trouble()
        assert changed(before, host.hash()) == []
