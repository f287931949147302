"""What fail2ban says of its whole configuration with a new file in it: fail2ban-client -t."""

import ipaddress
import posixpath

from hardener.host.access.login import session
from hardener.host.errors import Refused
from hardener.host.text.dialects import PYTHON
from hardener.host.text.ini import Ini

ETC = "/etc/fail2ban"


def check(candidate, parameters):
    """`parameters` are none. Of the copy, all but jail.d are links to what is there."""
    system, view = candidate.system, candidate.view
    warn(candidate)
    if not system.can_run("fail2ban-client"):
        view.note("%s was not tried: there is no fail2ban here that we may ask" % candidate.path)
        return
    copy = candidate.folder + "/fail2ban"
    lay(candidate, copy)
    ran = system.run(["fail2ban-client", "-c", copy, "-t"], changes=False)
    if not ran.ok:
        why = (ran.err + ran.out).replace(copy, ETC).strip()[-2000:]
        raise Refused("fail2ban refuses the new %s" % candidate.path, why=why)


def lay(candidate, copy):
    system, ours = candidate.system, candidate.system.lstat(candidate.folder)
    owner = ours.st_uid, ours.st_gid
    system.mkdir(copy, 0o700, *owner)
    for name in candidate.view.listdir(ETC):
        if name != "jail.d":
            system.symlink("%s/%s" % (ETC, name), "%s/%s" % (copy, name), *owner)
    jails = copy + "/jail.d"
    system.mkdir(jails, 0o700, *owner)
    for name in candidate.view.listdir(ETC + "/jail.d"):
        if "%s/jail.d/%s" % (ETC, name) != candidate.path:
            system.symlink("%s/jail.d/%s" % (ETC, name), "%s/%s" % (jails, name), *owner)
    place = "%s/%s" % (jails, posixpath.basename(candidate.path))
    system.symlink(candidate.staged, place, *owner)


def warn(candidate):
    """Say where whoever applies it may be banned by it."""
    address = session(candidate.system).get("SSH_CONNECTION", "").partition(" ")[0]
    listed = Ini.parse(candidate.state.text(), PYTHON).get("DEFAULT", "ignoreip") or ""
    if address and not any(holds(each, address) for each in listed.replace(",", " ").split()):
        candidate.view.note(
            "you come from %s, which `ignoreip` does not name: enough failed logins ban you"
            % address
        )


def holds(network, address):
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:  # a name
        return False
