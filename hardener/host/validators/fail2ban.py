"""What fail2ban says of its whole configuration with a new file in it: fail2ban-client -t."""

import ipaddress

from hardener.host.access.login import session
from hardener.host.errors import Refused
from hardener.host.text.dialects import PYTHON
from hardener.host.text.ini import Ini

ETC = "/etc/fail2ban"
JAILS = ETC + "/jail.d"
TIMES = ("bantime", "findtime", "bantime.maxtime", "bantime.rndtime")


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
    said = (ran.err + ran.out).replace(copy, ETC).strip()
    # Of a number that is none it says so, and goes on with none at all.
    wrong = [line for line in said.splitlines() if "Wrong value for" in line]
    if not ran.ok or wrong:
        why = "\n".join(wrong) if ran.ok else said[-2000:]
        raise Refused("fail2ban refuses the new %s" % candidate.path, why=why)
    judge_times(candidate)


def judge_times(candidate):
    """Raise Refused for a time that is none, which fail2ban finds out when it starts the jail."""
    ini = Ini.parse(candidate.state.text(), PYTHON)
    for section in ini.sections():
        for name in TIMES:
            value = ini.get(section, name)
            if value is None or "%(" in value:
                continue
            ran = candidate.system.run(["fail2ban-client", "--str2sec", value], changes=False)
            if not ran.ok:
                raise Refused(
                    "%s = %s of [%s] is no time" % (name, value, section),
                    why=ran.why(),
                    hint="such as 10m, 1h or 2d",
                )


def lay(candidate, copy):
    system, ours = candidate.system, candidate.system.lstat(candidate.folder)
    owner = ours.st_uid, ours.st_gid
    for folder in (ETC, JAILS):
        place = copy + folder[len(ETC) :]
        system.mkdir(place, 0o700, *owner)
        for name in candidate.view.listdir(folder):
            path = "%s/%s" % (folder, name)
            if path not in (JAILS, candidate.path):
                system.symlink(path, "%s/%s" % (place, name), *owner)
    system.symlink(candidate.staged, copy + candidate.path[len(ETC) :], *owner)


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
