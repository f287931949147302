"""A host that takes its time after the login, as where logind is slow: PAM opens the session first."""

from pathlib import Path

from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab

SLOW = "session required pam_exec.so /bin/sleep 4\n"


def test_it_is_waited_for(lab: Lab, any_host: Host, tmp_path: Path) -> None:
    """Also by the fresh login that confirms; what a connection may take is another matter."""
    harden, host = Command(lab, any_host, tmp_path, user="ops"), any_host
    harden.reach(port=22, connect_timeout=2)
    host.write("/etc/pam.d/sshd", host.read("/etc/pam.d/sshd") + SLOW)
    book = harden.playbook({"sshd": {"options": {"LogLevel": "VERBOSE"}}})
    done = harden("apply", str(book), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "confirmed" in done.stdout
    assert "loglevel VERBOSE" in host.sh("sshd -T")
