"""Patterns as sshd reads them (ssh_config(5), PATTERNS; sshd_config(5), AllowUsers)."""

import re


def matches(pattern, text):
    """Does a pattern of `*` and `?` match the whole text?"""
    signs = {"*": ".*", "?": "."}
    return bool(re.fullmatch("".join(signs.get(c, re.escape(c)) for c in pattern), text))


def match_user(pattern, user, address):
    """Does `user` or `user@host` match (match_user of OpenSSH)?"""
    name, at, host = pattern.rpartition("@")
    if not at:
        return matches(pattern, user)
    return matches(name, user) and match_address(host, address)


def match_address(patterns, address):
    """Does a list such as `10.0.0.0/8,!10.0.0.1` match? One that is negated decides."""
    found = False
    for pattern in patterns.split(","):
        if _one_address(pattern.lstrip("!"), address):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _one_address(pattern, address):
    if "/" not in pattern:
        return matches(pattern.lower(), address.lower())
    import ipaddress

    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return False


def names_hosts(patterns):
    """Is there one that only a name of the other machine could match?"""
    return any(re.search(r"@.*[g-zG-Z]", pattern) for pattern in patterns)
