"""Authorized keys: is this key in a file that sshd reads, and do StrictModes let it (sshd(8))?"""

import posixpath
import re

from hardener.host.access.answers import No
from hardener.host.access.patterns import match_address

OPTION = re.compile(r'([\w-]+)(?:="((?:[^"\\]|\\.)*)")?,?')


def check(planned, login, files, strict):
    """Return the No of the files, of which one must hold the key."""
    account = planned.account(login.user)
    if account is None:
        return None  # the account's own question
    paths = [placed(each, account) for each in files]
    held = [(path, line) for path in paths for line in lines(planned, path, login.key["blob"])]
    if not held:
        return No(
            "the key of this login would be in none of: %s" % ", ".join(paths),
            "keep the line of that key (%s)" % login.key["type"],
            path=paths[0],
        )
    nos = [in_the_way(planned, login, account, strict, *each) for each in held]
    return None if None in nos else nos[0]


def placed(pattern, account):
    """Put in the tokens of AuthorizedKeysFile (sshd_config(5))."""
    tokens = {"h": account.home, "u": account.name, "U": str(account.uid), "%": "%"}
    path = re.sub(r"%(.)", lambda match: tokens.get(match.group(1), match.group()), pattern)
    return posixpath.normpath(posixpath.join(account.home, path))


def lines(planned, path, blob):
    """Yield the lines that hold the key."""
    for line in planned.text(path).splitlines():
        if not line.lstrip().startswith("#") and blob in line.split():
            yield line.strip()


def in_the_way(planned, login, account, strict, path, line):
    options = dict(OPTION.findall(line.partition(login.key["type"])[0]))
    if "command" in options:
        return No(
            "the key of this login would only run one command", "take `command=` out", path=path
        )
    if "from" in options and not match_address(options["from"], login.address):
        return No(
            "the key of this login would not be taken from %s" % login.address,
            'add it to `from="%s"`' % options["from"],
            path=path,
        )
    return loose(planned, account, path) if strict else None


def loose(planned, account, path):
    """Who else may write on the way to the keys? Up to the home, as sshd looks (auth_secure_path)."""
    each = path
    while each != "/":
        state = planned.state(each)
        if state.exists and (state.uid not in (0, account.uid) or state.mode & 0o022):
            return No(
                "sshd would not believe %s: others could write %s (StrictModes)" % (path, each),
                "give it to %s, with mode %04o" % (account.name, (state.mode or 0) & ~0o022),
                path=each,
            )
        if each == posixpath.normpath(account.home):
            break
        each = posixpath.dirname(each)
    return None
