"""A host of the lab that takes the journals of others by TLS: Debian's systemd-journal-remote, behind stunnel.

It is called `remotelogserver`, and the files lie where they lie in CIS's examples, so that OpenSCAP,
which asks for these very words, finds them.
"""

import base64
from collections.abc import Callable
from typing import Any

from lab.host import Host

NAME = "remotelogserver"
CA = "/etc/pki/systemd/ca/trusted.pem"
CERTIFICATE = "/etc/pki/systemd/certs/journal-upload.pem"
KEY = "/etc/pki/systemd/private/journal-upload.pem"
#: What a play says to send the journal there.
THERE: dict[str, Any] = {"host": NAME, "ca": CA, "certificate": CERTIFICATE, "key": KEY}
TAKEN = "/var/log/journal/remote"
SIGNED = """
mkdir -p /etc/pki; cd /etc/pki
[ -e ca.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=authority -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN={0} -addext subjectAltName=DNS:{0} -keyout {0}.key -out {0}.csr 2>/dev/null
openssl x509 -req -in {0}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -copy_extensions copy -out {0}.pem 2>/dev/null
chmod 644 *.pem {0}.key
"""
# Debian's is built without GnuTLS and takes a journal from anybody, so that stunnel looks at certificates.
HERE = "127.0.0.1:19533"
OURS = {
    "systemd/system/systemd-journal-remote.socket.d/own.conf": f"[Socket]\nListenStream=\nListenStream={HERE}\n",
    "systemd/system/systemd-journal-remote.service.d/own.conf": f"""[Service]
ExecStart=
ExecStart=/lib/systemd/systemd-journal-remote --listen-http=-3 --output={TAKEN}/
""",
    "stunnel/journals.conf": f"""foreground = yes
[journals]
accept = 0.0.0.0:19532
connect = {HERE}
cert = /etc/pki/{NAME}.pem
key = /etc/pki/{NAME}.key
CAfile = /etc/pki/ca.pem
verifyChain = yes
""",
}


class LogHost:
    """Takes the journal of whom it has signed a certificate for."""

    def __init__(self, make: Callable[..., Host]) -> None:
        self.host = make(NAME, packages=("stunnel4", "systemd-journal-remote"))
        self.sign(NAME)
        for path, text in OURS.items():
            self.host.sh(f"mkdir -p $(dirname /etc/{path})")
            self.host.write(f"/etc/{path}", text)
        self.host.sh("systemctl daemon-reload; systemctl start systemd-journal-remote.socket")
        self.back()

    def away(self) -> None:
        """It listens no more."""
        self.host.sh("systemctl stop door")

    def back(self) -> None:
        self.host.sh("systemd-run -q --collect --unit=door stunnel4 /etc/stunnel/journals.conf")
        self.host.wait_until(["bash", "-c", ": < /dev/tcp/127.0.0.1/19532"])

    def sign(self, name: str) -> None:
        self.host.sh(SIGNED.format(name))

    def know(self, sender: Host) -> None:
        """Give a host its certificate, and tell it where this one is."""
        self.sign(sender.name)
        for place, name in {CA: "ca.pem", CERTIFICATE: f"{sender.name}.pem"}.items():
            self._hand(sender, name, place)
        self._hand(sender, f"{sender.name}.key", KEY)
        sender.sh(f"chgrp systemd-journal {KEY}; chmod 640 {KEY}")
        sender.sh(f"echo {self.host.address} {NAME} >> /etc/hosts")

    def _hand(self, sender: Host, name: str, place: str) -> None:
        data = base64.b64encode((self.host.root / "etc/pki" / name).read_bytes()).decode()
        sender.sh(f"install -D -m 644 /dev/null {place}; echo {data} | base64 -d > {place}")

    def has(self, sender: Host, word: str) -> bool:
        """Has this word of that host's journal come?"""
        ran = self.host.run(
            ["journalctl", "-q", "-D", TAKEN, "-o", "cat", f"_HOSTNAME={sender.name}", "-g", word],
            check=False,
        )
        return word in ran.stdout
