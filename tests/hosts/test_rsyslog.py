"""rsyslog with the real one on booted hosts: modes of the logs it makes, what a host gets by TLS, what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from inside import Inside
from lab.host import Host
from lab.tree import SUITES
from sandbox import step

FOLDER = "/etc/rsyslog.d"
FILE = f"{FOLDER}/10-hardener.conf"
CERTIFICATES = """
mkdir -p /etc/pki; cd /etc/pki
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=authority -keyout ca.key -out ca.pem 2>/dev/null
for name in logs.example other.example; do
    openssl req -newkey rsa:2048 -nodes -subj /CN=$name -addext subjectAltName=DNS:$name -keyout $name.key -out $name.csr 2>/dev/null
    openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -copy_extensions copy -out $name.pem 2>/dev/null
done
"""
# Takes what comes by TLS, one connection after the other, and keeps it.
SERVER = """
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/etc/pki/%s.pem" % sys.argv[1], "/etc/pki/%s.key" % sys.argv[1])
listening = socket.create_server(("127.0.0.1", 6514))
while True:
    try:
        with context.wrap_socket(listening.accept()[0], server_side=True) as taken, open("/run/got", "ab", 0) as file:
            for data in iter(lambda: taken.recv(4096), b""):
                file.write(data)
    except OSError:
        pass
"""


@pytest.fixture(params=SUITES)
def inside(make_host: Callable[..., Host], request: pytest.FixtureRequest) -> Inside:
    return Inside(make_host(suite=request.param, packages=["rsyslog", "rsyslog-gnutls"]))


def etc(host: Host) -> dict[str, Any]:
    return {path: row for path, row in host.hash().items() if path.startswith("etc/")}


def mode_of_a_new_log(host: Host) -> str:
    """Say something of mail, whose log is not there yet, and look at it."""
    host.sh("rm -f /var/log/mail.log; systemctl kill --signal=HUP rsyslog; sleep 0.3")
    host.sh("logger -p mail.info said")
    host.wait_until(["grep", "-q", "said", "/var/log/mail.log"])
    return host.sh("stat -c '%a %G' /var/log/mail.log").strip()


def test_there_and_back(inside: Inside) -> None:
    host, before = inside.host, etc(inside.host)
    assert mode_of_a_new_log(host) == "640 adm"
    rule = {"select": "local3.*", "file": "/var/log/app.log", "group": "adm", "stop": True}
    wish = step("rsyslog", file_create_mode="0600", file_group="root", rules=[rule])
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert predicted == [f"create file:{FILE}", "change service_restart:rsyslog"]
    assert mode_of_a_new_log(host) == "600 root", "what stands after it does not get its mode"
    host.sh("logger -p local3.info hello-app; logger -p user.info after-it")
    host.wait_until(["grep", "-q", "after-it", "/var/log/syslog"])
    assert "hello-app" in host.read("/var/log/app.log")
    assert "hello-app" not in host.read("/var/log/syslog"), "it was not stopped"
    assert host.sh("stat -c '%a %G' /var/log/app.log").strip() == "640 adm"
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert etc(host) == before
    assert mode_of_a_new_log(host) == "640 adm", "it was not restarted by the rollback"


def test_by_tls(inside: Inside) -> None:
    host = inside.host
    host.sh(CERTIFICATES)
    host.write("/run/server.py", SERVER)
    host.sh("echo 127.0.0.1 logs.example >> /etc/hosts")
    host.sh("systemd-run -q --unit=taker python3 /run/server.py other.example")
    wish = step("rsyslog", remote={"host": "logs.example", "tls": {"ca": "/etc/pki/ca.pem"}})
    assert inside.play(wish) == "changed", inside.errors()
    host.sh("logger -p user.info for-another")
    host.wait_until(["sh", "-c", "journalctl -u rsyslog | grep -q 'peer name not authorized'"])
    assert not host.exists("/run/got") or host.read("/run/got") == "", "the wrong one got it"
    host.sh("systemctl stop taker; rm -f /run/got")
    host.sh("systemd-run -q --unit=taker2 python3 /run/server.py logs.example")
    host.sh(
        "systemctl restart rsyslog; logger -p user.info for-the-right-one"
    )  # no waiting for its next try
    host.wait_until(["grep", "-q", "for-the-right-one", "/run/got"])
    assert inside.rollback() == "rolled back", inside.trouble()


def test_what_rsyslogd_refuses(inside: Inside) -> None:
    host = inside.host
    before = etc(host)
    for text, why in [
        ("$FileCreatMode 0600\n", "'FileCreatMode'"),
        ('auth.* action(type="omfile" file="/x" fileOwner="nobody-here")\n', "nobody-here"),
    ]:
        assert inside.play(step("rsyslog", text=text)) == "refused"
        assert f"rsyslogd refuses the new {FILE}" in inside.errors()
        assert why in inside.errors() and "staging" not in inside.errors()
    lost = step("rsyslog", remote={"host": "192.0.2.1", "tls": {"ca": "/etc/none.pem"}})
    assert inside.play(lost) == "refused"
    assert "/etc/none.pem" in inside.errors()
    assert etc(host) == before
    # What it complains of already is not this file's fault; what is new still is.
    host.write(f"{FOLDER}/05-old.conf", "$NoSuchThing 1\n")
    assert inside.play(step("rsyslog", file_create_mode="0600"), dry_run=True) == "pending"
    assert any("rsyslogd complains of other files" in note for note in inside.notes())
    assert inside.play(step("rsyslog", text="$FileCreatMode 0600\n")) == "refused"
    assert "'NoSuchThing'" not in inside.errors()
    host.write(f"{FOLDER}/05-old.conf", 'global(DefaultNetstreamDriverCAFile="/etc/hosts")\n')
    twice = step("rsyslog", remote={"host": "192.0.2.1", "tls": {"ca": "/etc/passwd"}})
    assert inside.play(twice) == "refused"
    assert "more than once" in inside.errors()


def test_a_certificate_that_an_earlier_step_brings(inside: Inside) -> None:
    """The preview can't ask rsyslogd yet, the apply does."""
    host = inside.host
    host.sh(CERTIFICATES + "cp /etc/pki/ca.pem /root/ca.pem; rm -r /etc/pki")
    brings: dict[str, Any] = step("file", path="/etc/ca.pem", content=host.read("/root/ca.pem"))
    wish = step("rsyslog", remote={"host": "192.0.2.1", "tls": {"ca": "/etc/ca.pem"}})
    assert inside.play(brings, {**wish, "number": 2}, dry_run=True) == "pending", inside.errors()
    assert any("once /etc/ca.pem is there" in note for note in inside.notes())
    assert inside.play(brings, {**wish, "number": 2}) == "changed", inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert not host.exists(FILE) and not host.exists("/etc/ca.pem")
