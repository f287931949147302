"""journal_upload on booted hosts, with another that takes journals: what arrives, what is refused, and back."""

from collections.abc import Callable
from typing import Any

import journals
import pytest
from inside import Inside
from journals import CA, CERTIFICATE, KEY, THERE
from lab.host import Host
from lab.tree import OLDEST, SUITES
from sandbox import step
from until import until

CONF = "/etc/systemd/journal-upload.conf.d/60-hardener.conf"
UNIT = "systemd-journal-upload.service"
WISH: dict[str, Any] = step("journal_upload", **THERE)


@pytest.fixture
def taker(make_host: Callable[..., Host]) -> journals.LogHost:
    return journals.LogHost(make_host)


@pytest.fixture(params=(OLDEST, *SUITES))
def inside(
    make_host: Callable[..., Host], taker: journals.LogHost, request: pytest.FixtureRequest
) -> Inside:
    host = make_host("sender", suite=request.param, packages=["systemd-journal-remote"])
    taker.know(host)
    return Inside(host)


def etc(host: Host) -> dict[str, Any]:
    return {path: row for path, row in host.hash().items() if path.startswith("etc/")}


def test_there_and_back(inside: Inside, taker: journals.LogHost) -> None:
    host, before = inside.host, etc(inside.host)
    host.sh("logger said-before-it")
    assert inside.play(WISH, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert inside.play(WISH) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    host.sh("logger said-after-it")
    until(lambda: taker.has(host, "said-after-it"))
    assert taker.has(host, "said-before-it")
    group = host.sh("stat -Lc %G /var/lib/systemd/journal-upload").strip()
    assert group == "systemd-journal", "one that stays"
    # It is away for a while, and nobody is asked: what is there stays, and goes on by itself.
    taker.away()
    assert inside.play(WISH) == "ok", inside.changes("preview")
    host.sh("logger said-meanwhile; sleep 3")
    assert "RestartUSec=30s" in host.sh(f"systemctl show -p RestartUSec {UNIT}")
    taker.back()
    host.sh(f"systemctl is-failed {UNIT} && exit 1; systemctl restart {UNIT}")  # no waiting for it
    until(lambda: taker.has(host, "said-meanwhile"))
    assert inside.rollback() == "rolled back", inside.trouble()
    assert etc(host) == before
    assert host.run(["systemctl", "is-active", UNIT], check=False).stdout == "inactive\n"


def test_who_does_not_take_it(inside: Inside, taker: journals.LogHost) -> None:
    host = inside.host
    host.sh(f"chmod 600 {KEY}")
    assert inside.play(WISH) == "refused"
    assert f"systemd-journal-upload could not read {KEY}" in inside.errors()
    host.sh(
        f"chmod 640 {KEY}; cp {CERTIFICATE} /etc/right.pem; cp {KEY} /etc/right.key; cp {CA} /etc/ca.pem"
    )
    before = etc(host)
    # Signed by nobody that the other host knows.
    host.sh(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 3 -subj /CN=x -keyout {KEY} -out {CERTIFICATE} 2>/dev/null"
    )
    assert inside.play(WISH) == "refused"
    assert "remotelogserver does not take the journal of this host" in inside.errors()
    assert "it hung up" in inside.errors()
    host.sh(f"cp {CERTIFICATE} {CA}; cp /etc/right.pem {CERTIFICATE}; cat /etc/right.key > {KEY}")
    assert inside.play(WISH) == "refused"
    assert "certificate verify failed" in inside.errors(), "it is not of our authority"
    host.sh(f"cp /etc/ca.pem {CA}")
    assert etc(host) == before
    taker.away()
    assert inside.play(WISH) == "refused"
    assert "remotelogserver does not answer: Connection refused" in inside.errors()
    spared = {**WISH, "calls": [{**call, "if_possible": True} for call in WISH["calls"]]}
    assert inside.play(spared) == "ok", inside.errors()
    assert etc(host) == before


def test_absent(inside: Inside) -> None:
    host, before = inside.host, etc(inside.host)
    assert inside.play(WISH) == "changed", inside.errors()
    assert host.exists(CONF)
    assert inside.play(step("journal_upload", state="absent")) == "changed", inside.errors()
    left = {path for path in etc(host).keys() ^ before.keys() if "journal-upload" in path}
    assert left <= {"etc/systemd/journal-upload.conf.d"}
    assert host.run(["systemctl", "is-enabled", UNIT], check=False).stdout == "disabled\n"
    assert inside.play(step("journal_upload", state="absent")) == "ok", inside.changes("preview")
