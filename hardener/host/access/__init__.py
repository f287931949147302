"""What holds the way in: the files, services, packages and programs by which somebody may be locked out.

The one place that says so, a file a subject. A change of one of these has the risk ACCESS,
which arms the guard; before that, `ahead` asks of each subject whether the host, as the play
would leave it, would still let in who is logged in now.
"""

import re

ACCESS = "access"
PARAMETERS = r"net[./](ipv4|ipv6)[./].*"


def subjects():
    """Return the modules of all subjects; a run that changes nothing needs none of them."""
    from hardener.host.access import account, firewall, network, sshd, sudo

    return sshd, account, sudo, firewall, network


def by_path(path):
    """Does this file hold the way in?"""
    return _risk(each.SUBJECT.holds(path) for each in subjects())


def by_unit(name):
    return _risk(each.SUBJECT.has_unit(name) for each in subjects())


def by_package(names):
    return _risk(each.SUBJECT.has_package(names) for each in subjects())


def by_parameter(key):
    return ACCESS if re.fullmatch(PARAMETERS, key) else ""


def by_command(argv):
    return _risk(each.SUBJECT.is_named(argv) for each in subjects())


def _risk(found):
    return ACCESS if any(found) else ""
