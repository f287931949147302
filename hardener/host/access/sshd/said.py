"""What `sshd -T` says of its (planned) configuration, for one connection (sshd(8))."""

import re
import shlex

OPTIONS = (("/etc/default/ssh", "SSHD_OPTS"), ("/etc/sysconfig/sshd", "OPTIONS"))


def spec(login):
    """The connection, in the words of `sshd -T -C`; what is not known matches nothing."""
    words = {"user": login.user, "host": login.address, "addr": login.address}
    words.update({"laddr": login.host} if login.host else {})
    words.update({"lport": login.port} if login.port else {})
    return ",".join("%s=%s" % pair for pair in words.items())


def options(planned):
    """Return the words that its unit starts it with beside `-D`."""
    found = [words_of(planned.text(path), name) for path, name in OPTIONS]
    return next(filter(None, reversed(found)), [])


def words_of(text, name):
    """Return the words of NAME="…" in a file of defaults, the last one counts."""
    found = []
    for line in re.findall(r"(?m)^%s=(.*)$" % name, text):
        words = shlex.split(line)
        found = shlex.split(words[0]) if words else []
    return found


def effective(text):
    """Return {option in lower case: [values]}."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name.lower(), []).append(value)
    return found


def one(said, name, default=""):
    return said.get(name, [default])[0]


def words(said, name):
    return " ".join(said.get(name, ())).split()
