"""sudo: does it read its files, and let this user become who changes things (sudoers(5))?"""

import re

from hardener.host.access import account
from hardener.host.access.answers import No, Unasked
from hardener.host.access.subject import Subject

SUBJECT = Subject(
    "sudo",
    files=("/etc/sudoers", "/etc/sudoers.d", "/etc/sudo.conf", "/etc/doas.conf"),
    # The programs themselves, whose set-user-ID bit a search below / may take.
    patterns=(
        r"(/usr)?(/local)?/s?bin/(sudo|su|doas|opendoas)",
        r"/usr/lib(exec)?/(sudo|cargo/bin)/.*",
    ),
    packages=r"sudo(-rs|-ldap)?|(open)?doas",
)
ALSO = (account.SUBJECT,)  # %sudo
ALL = re.compile(r"(?m)^\s+\(.*?\) (.*)$")
WORDS = {
    "requiretty": "a terminal, which hardener has not got",
    "rootpw": "another password: root's",
    "targetpw": "another password: that of %s",
    "runaspw": "another password: that of `runas_default`",
}


def check(planned, login):
    """Return the No of sudo to this login, or None; who needs no sudo is told none."""
    if not login.becomes or login.user in ("root", login.becomes):
        return None
    sudo, visudo = planned.program("sudo"), planned.program("visudo")
    if sudo is None:
        raise Unasked("there is no sudo that can be asked")
    if not as_root(planned, sudo):
        return No(
            "%s would not run as root" % sudo,
            "leave it root's, with the mode 4755; a search below / takes it in `leave_out`",
        )
    checked = visudo and planned.run([visudo, "-c"])
    if checked and not checked.ok:
        return No(
            "sudo can't read its new files", "mend them: `visudo -c` says the same", checked.why()
        )
    return rights(planned, login, sudo) or password(planned, login, sudo)


def as_root(planned, sudo):
    """Is it root's, and has it the set-user-ID bit? execve(2)."""
    state = planned.state(sudo)
    return state.uid == 0 and bool(state.mode & 0o4000)


def rights(planned, login, sudo):
    # As connect/become.py runs it.
    words = [sudo, "-n", "-l", "-U", login.user, "-u", login.becomes, "--", "/bin/sh", "-c", ":"]
    ran = planned.run(words)
    if ran.ok:
        return None
    if re.search(r"usage:|unknown option|invalid option", ran.err):
        raise Unasked("this sudo does not tell what others may do")
    if "have a tty" in ran.err:
        return wants(login, "requiretty")
    return No(
        "sudo would no longer let %s become %s" % (login.user, login.becomes),
        "keep a rule such as `%s ALL=(ALL:ALL) ALL`, behind those that take rights away"
        % login.user,
        ran.err.strip(),
        word=r"\b%s\b|%%" % re.escape(login.user),
    )


def password(planned, login, sudo):
    listed = planned.run([sudo, "-n", "-l", "-U", login.user]).out
    for word in defaults(listed):
        if word in WORDS:
            return wants(login, word)
    if login.password is None or free(listed):
        return None
    if login.password:
        return account.locked(planned, login.user)
    return No(
        "sudo would ask %s for a password, and none was given" % login.user,
        "give it by -K, or write NOPASSWD: before what %s may run" % login.user,
        word=r"PASSWD|\b%s\b" % re.escape(login.user),
    )


def wants(login, word):
    need = WORDS[word] % login.becomes if "%s" in WORDS[word] else WORDS[word]
    return No(
        "sudo would want of %s %s: `%s`" % (login.user, need, word),
        "write `Defaults:%s !%s`" % (login.user, word),
        word=word,
    )


def defaults(listed):
    """Return the settings that hold for this user, of which a later one counts."""
    head = re.split(r"User \S+ (?:may|is not)", listed)[0]
    found = {}
    for word in re.split(r"[,\s]+", head):
        found[word.lstrip("!")] = not word.startswith("!")
    return [word for word, on in found.items() if on]


def free(listed):
    """Is no password asked? Of the rules for all commands the last one counts."""
    rules = [rule for rule in ALL.findall(listed) if rule.endswith("ALL")]
    off = "!authenticate" in re.split(r"[,\s]+", listed)
    return off or not rules or "NOPASSWD:" in rules[-1]
