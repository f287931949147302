"""What `sshd -T` says of its (planned) configuration, for one connection (sshd(8))."""

from hardener.host.access.sshd import command_line


def spec(login):
    """The connection, in the words of `sshd -T -C`; what is not known matches nothing."""
    words = {"user": login.user, "host": login.address, "addr": login.address}
    words.update({"laddr": login.host} if login.host else {})
    words.update({"lport": login.port} if login.port else {})
    return ",".join("%s=%s" % pair for pair in words.items())


def options(planned):
    """Return the words that its unit starts it with beside `-D`: they count before any file."""
    return command_line.of(planned.view, planned.text)


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
