"""Who may log in: users and groups, allowed and denied, and root (sshd_config(5))."""

from hardener.host.access import account
from hardener.host.access.answers import No, Unasked
from hardener.host.access.patterns import match_user, matches, names_hosts
from hardener.host.access.sshd.how import usable
from hardener.host.access.sshd.said import one, words


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


def locked(said, planned, login):
    """Without PAM sshd itself refuses a locked account, whatever key comes (sshd(8))."""
    if one(said, "usepam", "no") == "yes" or not login.methods:
        return None
    fields = account.shadow(planned, login.user)
    if len(fields) < 2 or not fields[1].startswith("!"):
        return None
    return No(
        "sshd would refuse %s, whose account would be locked: `UsePAM no`" % login.user,
        "unlock it, with `*` as its password where it is to have none, or write `UsePAM yes`",
        word="UsePAM",
        path="/etc/shadow",
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
