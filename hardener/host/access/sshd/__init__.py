"""sshd: who may log in, how, and where it listens; asked of `sshd -T` itself (sshd(8))."""

import re

from hardener.host.access import account
from hardener.host.access.answers import No, Unasked
from hardener.host.access.sshd import how, where, who
from hardener.host.access.sshd.said import effective, options, spec
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
    program = planned.program("sshd")
    if not login.address:
        raise Unasked("nobody is logged in by ssh")
    if program is None:
        raise Unasked("there is no sshd that can be asked")
    ran = planned.run([program, "-T", "-C", spec(login)] + options(planned))
    if "not in connection test specification" in ran.err:
        raise Unasked("its Match blocks ask what is not known of the new way")
    if not ran.ok:
        return No(
            "sshd refuses its new configuration", "mend it: `sshd -t` says the same", ran.why()
        )
    said = effective(ran.out)
    return next(filter(None, (ask(said, planned, login) for ask in QUESTIONS)), None)


QUESTIONS = (
    who.denied_users,
    who.allowed_users,
    who.denied_groups,
    who.allowed_groups,
    who.locked,
    how.methods,
    who.root,
    how.tries,
    how.forced,
    how.authorized,
    where.runs,
    where.listens,
    how.algorithms,
    how.host_keys,
)


def harmless(argv):
    """Is this a command that changes nothing of what sshd is told?"""
    text = argv[2] if list(argv[:2]) == ["/bin/sh", "-c"] else " ".join(argv)
    parts = re.split(r"\s*(?:&&|;)\s*", text.strip())
    return all(HARMLESS.fullmatch(part) for part in parts) and "`" not in text
