"""Accounts: is this user still there, not expired, with a shell, and not kept out for now?"""

import re

from hardener.host.access.answers import No
from hardener.host.access.subject import Subject

SUBJECT = Subject(
    "accounts",
    files=(
        "/etc/pam.conf",
        "/etc/pam.d",
        "/etc/security",
        "/etc/passwd",
        "/etc/shadow",
        "/etc/group",
        "/etc/gshadow",
        "/etc/shells",
        "/etc/login.defs",
        "/etc/nologin",
        "/etc/nsswitch.conf",
    ),
    units=r"sssd|nslcd",
    packages=r"libpam.*|pam|libnss.*|sssd.*",
    programs=r"usermod|userdel|passwd|chpasswd|chage|chsh|gpasswd|groupdel|pam-auth-update|authselect",
)
ALSO = ()
NO_SHELLS = ("nologin", "false", "true", "sync", "git-shell")
DAY = 86400


def check(planned, login):
    """Return the first No to this user's account, or None."""
    account = planned.account(login.user)
    if account is None:
        return No(
            "the user %s would be gone" % login.user,
            "log in as another user first",
            path="/etc/passwd",
        )
    found = shell(planned, account) or expired(planned, account) or closed(planned, account)
    return found or password(planned, account, login)


def shell(planned, account):
    name = account.shell.rpartition("/")[2]
    there = planned.program(account.shell) is not None
    if name not in NO_SHELLS and there:
        return listed(planned, account)
    return No(
        "%s would get no shell: %s"
        % (account.name, account.shell if there else account.shell + " is not there"),
        "leave %s a shell that runs commands, such as /bin/sh" % account.name,
        path="/etc/passwd",
    )


def listed(planned, account):
    """Only pam_shells(8) asks /etc/shells."""
    shells = planned.text("/etc/shells").split()
    if account.shell in shells or not any("pam_shells.so" in line for line in stack(planned)):
        return None
    return No(
        "PAM would not let %s in: %s is not in /etc/shells (pam_shells)"
        % (account.name, account.shell),
        "add %s to /etc/shells" % account.shell,
        path="/etc/shells",
    )


def stack(planned, service="sshd", seen=()):
    """Return the lines that PAM would read for a service, includes too (pam.conf(5))."""
    found = []
    lines = planned.text("/etc/pam.d/" + service).splitlines()
    for line in [line.partition("#")[0].strip() for line in lines]:
        other = re.match(r"@include\s+(\S+)|-?\w+\s+(?:include|substack)\s+(\S+)", line)
        name = other and (other.group(1) or other.group(2))
        if name and name not in seen:
            found += stack(planned, name, seen + (name,))
        elif line:
            found.append(line)
    return found


def expired(planned, account):
    """As pam_unix(8) and shadow(5) have it; a password that must be changed needs a terminal."""
    fields = shadow(planned, account.name)
    if len(fields) < 8:
        return None
    today = int(planned.now() // DAY)
    changed, most, end = (number(fields[at]) for at in (2, 4, 7))
    if end is not None and today >= end:
        return no_entry(account, "would be expired", "put a later day, or none, as its 8th field")
    if changed == 0:
        return no_entry(
            account,
            "would have to change the password",
            "put the day of its last change as the 3rd field",
        )
    if None not in (changed, most) and today - changed > most:
        aged = "would have a password older than %d days" % most
        return no_entry(account, aged, "change the password first, or allow more days (5th field)")
    return None


def password(planned, account, login):
    """Is there none any more, where the login was made with one?"""
    if login.methods and set(login.methods) <= {"password", "keyboard-interactive"}:
        return locked(planned, account.name)
    return None


def locked(planned, name):
    """No hash fits that begins with a lock (shadow(5)); one from elsewhere nobody knows."""
    fields = shadow(planned, name)
    if len(fields) < 2 or not fields[1].startswith(("!", "*")):
        return None
    return No(
        "%s would have no password, and this login needs one" % name,
        "log in by a key that needs none first, or leave the password unlocked",
        word="^%s:" % re.escape(name),
        path="/etc/shadow",
    )


def no_entry(account, what, hint):
    return No("%s %s, and be refused" % (account.name, what), hint, path="/etc/shadow")


def number(field):
    return int(field) if re.fullmatch(r"\d+", field) else None


def shadow(planned, name):
    """Return the fields of /etc/shadow of this user."""
    lines = (line.split(":") for line in planned.text("/etc/shadow").splitlines())
    return next((fields for fields in lines if fields[0] == name), [])


def closed(planned, account):
    """/etc/nologin keeps all but root out (pam_nologin(8), sshd(8))."""
    if account.uid == 0 or not planned.exists("/etc/nologin"):
        return None
    return No(
        "/etc/nologin would be there, which lets nobody in but root",
        "log in as root, or leave it to a step that takes it away again",
        path="/etc/nologin",
    )
