"""sshd: who may log in, how, and where it listens; asked of `sshd -T` itself (sshd(8))."""

import re

from hardener.host.access import account
from hardener.host.access.subject import Subject

SUBJECT = Subject(
    "sshd",
    files=("/etc/ssh", "/etc/default/ssh", "/etc/sysconfig/sshd", "/etc/crypto-policies"),
    patterns=(
        # Keys, and the folders that StrictModes looks at (sshd_config(5)).
        r"/root|/home/[^/]+",
        r"(/root|/home/[^/]+)/\.ssh(/.*)?",
        r"(.*/)?authorized_keys2?",
        r"/(etc|lib|usr/lib|run)/systemd/system/(ssh|sshd)[@.]?(service|socket)?(\..*)?(/.*)?",
    ),
    units=r"sshd?(@.*)?",
    packages=r"openssh.*|dropbear.*",
    programs=r"(systemctl|service) .*\bsshd?",
)
ALSO = (account.SUBJECT,)  # groups
HARMLESS = re.compile(
    r"(\S*/)?(systemctl( -\S+)* (re)?(load|start|load-or-restart|enable)\S*|service) \S*ssh\S*"
    r"( re(load|start))?|(\S*/)?systemctl daemon-reload|(\S*/)?sshd -t"
)


def check(planned, login):
    """Return the first No of sshd to this login, or None."""
    from hardener.host.access.sshd import asked  # any change looks for SUBJECT, and for no more

    return asked.check(planned, login)


def harmless(argv):
    """Is this a command that changes nothing of what sshd is told?"""
    text = argv[2] if list(argv[:2]) == ["/bin/sh", "-c"] else " ".join(argv)
    parts = re.split(r"\s*(?:&&|;)\s*", text.strip())
    return all(HARMLESS.fullmatch(part) for part in parts) and "`" not in text
