"""How somebody may log in: methods, keys, algorithms, and whether a command of theirs is run."""

from hardener.host.access import keys
from hardener.host.access.answers import No
from hardener.host.access.sshd.said import one, words

# What sshd calls its lists, and what they are lists of.
ALGORITHMS = {
    "kexalgorithms": "KexAlgorithms",
    "ciphers": "Ciphers",
    "macs": "MACs",
    "hostkeyalgorithms": "HostKeyAlgorithms",
}


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
