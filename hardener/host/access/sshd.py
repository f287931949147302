"""sshd: who may log in, how, and where it listens; asked of `sshd -T` itself (sshd(8))."""

import re
import shlex

from hardener.host.access import account, keys
from hardener.host.access.answers import No, Unasked
from hardener.host.access.patterns import match_user, matches, names_hosts
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
OPTIONS = (("/etc/default/ssh", "SSHD_OPTS"), ("/etc/sysconfig/sshd", "OPTIONS"))
GENERATOR = "/usr/lib/systemd/system-generators/sshd-socket-generator"
UNITS = ("ssh", "sshd", "ssh.socket", "sshd.socket")
# What sshd calls its lists, and what they are lists of.
ALGORITHMS = {
    "kexalgorithms": "KexAlgorithms",
    "ciphers": "Ciphers",
    "macs": "MACs",
    "hostkeyalgorithms": "HostKeyAlgorithms",
}


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


def spec(login):
    """The connection, in the words of `sshd -T -C`; what is not known matches nothing."""
    words = {"user": login.user, "host": login.address, "addr": login.address}
    words.update({"laddr": login.host} if login.host else {})
    words.update({"lport": login.port} if login.port else {})
    return ",".join("%s=%s" % pair for pair in words.items())


def options(planned):
    """Return the words that its unit starts it with beside `-D`."""
    found = []
    for path, name in OPTIONS:
        for line in re.findall(r"(?m)^%s=(.*)$" % name, planned.text(path)):
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


# Who


def denied_users(said, planned, login):
    for pattern in words(said, "denyusers"):
        if match_user(pattern, login.user, login.address):
            return No(
                "sshd would refuse %s: `DenyUsers %s`" % (login.user, pattern),
                "take %s out of DenyUsers" % pattern,
                word="DenyUsers",
            )
    return None


def allowed_users(said, planned, login):
    patterns = words(said, "allowusers")
    if not patterns or any(match_user(each, login.user, login.address) for each in patterns):
        return None
    if names_hosts(patterns):
        raise Unasked("AllowUsers names hosts by name")
    return No(
        "sshd would refuse %s: `AllowUsers %s` does not name them"
        % (login.user, " ".join(patterns)),
        "write `AllowUsers %s`" % " ".join(patterns + [login.user]),
        word="AllowUsers",
    )


def denied_groups(said, planned, login):
    patterns = words(said, "denygroups")
    for group in planned.groups(login.user) if patterns else ():
        for pattern in patterns:
            if matches(pattern, group):
                return No(
                    "sshd would refuse %s, who is in the group %s: `DenyGroups %s`"
                    % (login.user, group, pattern),
                    "take %s out of DenyGroups" % pattern,
                    word="DenyGroups",
                )
    return None


def allowed_groups(said, planned, login):
    patterns = words(said, "allowgroups")
    groups = planned.groups(login.user) if patterns else ()
    if not patterns or any(matches(each, group) for each in patterns for group in groups):
        return None
    return No(
        "sshd would refuse %s, who is in none of the groups of `AllowGroups %s`"
        % (login.user, " ".join(patterns)),
        "write `AllowGroups %s`, or add %s to one of them first"
        % (" ".join(patterns + list(groups)[:1]), login.user),
        word="AllowGroups",
    )


def root(said, planned, login):
    word = one(said, "permitrootlogin", "yes")
    by_key = usable(said, login) - {"password", "keyboard-interactive"}
    fits = word == "yes" or (word in ("prohibit-password", "without-password") and by_key)
    if login.user != "root" or fits or not login.methods:
        return None
    return No(
        "sshd would not let root in: `PermitRootLogin %s`" % word,
        "log in as another user who may use sudo, or write `PermitRootLogin prohibit-password`",
        word="PermitRootLogin",
    )


# How


def usable(said, login):
    """Return the methods of the client that sshd still takes."""
    switches = {
        "publickey": one(said, "pubkeyauthentication", "yes"),
        "password": one(said, "passwordauthentication", "yes"),
        "keyboard-interactive": one(
            said,
            "kbdinteractiveauthentication",
            one(said, "challengeresponseauthentication", "yes"),
        ),
    }
    return {method for method in login.methods if switches.get(method, "yes") == "yes"}


def methods(said, planned, login):
    """Is there a list of AuthenticationMethods of which the client can do all?"""
    can = usable(said, login)
    if login.methods and not can:
        name = {"publickey": "PubkeyAuthentication", "password": "PasswordAuthentication"}
        words_ = [name.get(method, "KbdInteractiveAuthentication") for method in login.methods]
        return No(
            "sshd would no longer take what this login was made with: `%s no`" % words_[0],
            "write `%s yes`, or log in by another method first" % words_[0],
            word=words_[0],
        )
    lists = words(said, "authenticationmethods") or ["any"]
    if not login.methods or lists == ["any"] or any(within(each, can) for each in lists):
        return None
    return No(
        "sshd would ask for more than this login has: `AuthenticationMethods %s`" % " ".join(lists),
        "add `%s` to AuthenticationMethods" % login.methods[0],
        word="AuthenticationMethods",
    )


def within(wanted, can):
    return all(each.partition(":")[0] in can for each in wanted.split(","))


def tries(said, planned, login):
    """Before the key that fits, the client offers others; each is a failure (sshd_config(5))."""
    most = one(said, "maxauthtries", "6")
    if not most.isdigit() or login.failures < int(most):
        return None
    return No(
        "sshd would hang up: `MaxAuthTries %s`, and %d keys are tried before the right one"
        % (most, login.failures),
        "name the key as `identity_file` in the inventory",
        word="MaxAuthTries",
    )


def forced(said, planned, login):
    """Would it run hardener at all?"""
    for name, word in (("forcecommand", "ForceCommand"), ("chrootdirectory", "ChrootDirectory")):
        if one(said, name, "none") != "none":
            return No(
                "sshd would run no command for %s: `%s %s`" % (login.user, word, one(said, name)),
                "except %s by a Match block" % login.user,
                word=word,
            )
    return None


def algorithms(said, planned, login):
    for name, word in ALGORITHMS.items():
        ours, theirs = (login.offers or {}).get(name), one(said, name).split(",")
        if ours and theirs != [""] and not set(ours) & set(theirs):
            return No(
                "sshd would speak none of the %s that hardener knows: `%s %s`"
                % (word, word, ",".join(theirs)),
                "add one of: %s" % ", ".join(ours[:6]),
                word=word,
            )
    return None


def host_keys(said, planned, login):
    """Would it show a key that the client knows?"""
    public = [planned.text(path + ".pub").split()[:2] for path in said.get("hostkey", ())]
    shown = {tuple(each) for each in public}
    if not login.host_keys or shown & set(login.host_keys) or [] in public:
        return None
    return No(
        "sshd would show no host key that known_hosts has",
        "keep the %s key, or add the new one to known_hosts first" % login.host_keys[0][0],
        word="HostKey",
    )


def authorized(said, planned, login):
    """Is the key in a file that sshd would read, and believe?"""
    accepted = one(said, "pubkeyacceptedalgorithms", one(said, "pubkeyacceptedkeytypes"))
    if "publickey" not in login.methods or not login.key:
        return None
    if accepted and not set(accepted.split(",")) & set(login.key["algorithms"]):
        return No(
            "sshd would not take a key of this type: `PubkeyAcceptedAlgorithms %s`" % accepted,
            "add %s" % login.key["algorithms"][0],
            word="Pubkey",
        )
    if one(said, "authorizedkeyscommand", "none") != "none" or login.key["certificate"]:
        return None
    files = words(said, "authorizedkeysfile") or [".ssh/authorized_keys", ".ssh/authorized_keys2"]
    return keys.check(planned, login, files, one(said, "strictmodes", "yes") == "yes")


# Where


def runs(said, planned, login):
    """Does anything start it, now and at the next boot?"""
    if planned.view.facts["system"]["init"] != "systemd":
        return None
    states = [planned.service(unit) for unit in UNITS]
    if not any(state.running for state in states):
        return No("sshd would not run", "leave ssh, or its socket, running")
    if not any(state.enabled and not state.masked for state in states):
        return No("sshd would not be started by the next boot", "leave ssh, or its socket, enabled")
    return None


def listens(said, planned, login):
    places = listening(said, planned)
    if login.port is None or any(reaches(place, login) for place in places):
        return None
    ports = sorted({port for _, port in places})
    at = "port %s" % ", ".join(map(str, ports)) if login.port not in ports else "another address"
    via = "{port: %s}" % ports[0] if ports and login.port not in ports else "{address: …}"
    return No(
        "sshd would listen on %s, and this login came to port %d of %s"
        % (at if places else "nothing", login.port, login.host or "any address"),
        "if that is meant, give the play `confirm_via: %s`" % via,
        word="Port|ListenAddress|ListenStream",
    )


def listening(said, planned):
    """Return the (address, port) pairs: the socket's, where systemd listens for sshd (D10)."""
    own = [split(value) for value in said.get("listenaddress", ())]
    for unit in UNITS[2:]:
        if planned.running(unit):
            return socket_places(planned, unit, said)
    return own


def socket_places(planned, unit, said):
    """Return what ListenStream= says, drop-ins in their order (systemd.unit(5))."""
    texts = planned.unit(unit)
    if planned.exists(GENERATOR):  # Ubuntu writes sshd's own ports there at each reload
        texts.append(
            ("addresses.conf", "".join("ListenStream=%s\n" % v for v in said["listenaddress"]))
        )
        texts[1:] = sorted(texts[1:])
    found = []
    for _, text in texts:
        for value in re.findall(r"(?m)^[ \t]*ListenStream[ \t]*=[ \t]*(\S*)", text):
            found = found + [split(value)] if value else []
    return [place for place in found if place]


def split(value):
    """Return (address, port) of `22`, `1.2.3.4:22`, `[::]:22`; None for a path."""
    address, _, port = value.rpartition(":")
    return (address.strip("[]"), int(port)) if port.isdigit() else None


def reaches(place, login):
    address, port = place
    everywhere = {"", "0.0.0.0" if "." in login.host else "::"} | {"::"}
    return port == login.port and (
        not login.host or address in everywhere or same(address, login.host)
    )


def same(one_, other):
    import ipaddress

    try:
        return ipaddress.ip_address(one_) == ipaddress.ip_address(other)
    except ValueError:
        return one_ == other


QUESTIONS = (
    denied_users,
    allowed_users,
    denied_groups,
    allowed_groups,
    methods,
    root,
    tries,
    forced,
    authorized,
    runs,
    listens,
    algorithms,
    host_keys,
)


def harmless(argv):
    """Is this a command that changes nothing of what sshd is told?"""
    text = argv[2] if list(argv[:2]) == ["/bin/sh", "-c"] else " ".join(argv)
    parts = re.split(r"\s*(?:&&|;)\s*", text.strip())
    return all(HARMLESS.fullmatch(part) for part in parts) and "`" not in text
