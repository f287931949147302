"""Are all the modules of a PAM stack there? One that is not lets nobody in (pam.conf(5))."""

import re

from hardener.host.errors import Refused

MODULE = re.compile(
    r"(?m)^(?!\s*[-#])\s*(?:auth|account|password|session)\s+(?:\[[^]]*\]|\w+)\s+(\S+)"
)
FOLDERS = (
    "/lib/security",
    "/usr/lib/security",
    "/lib64/security",
    "/lib/*/security",
    "/usr/lib/*/security",
)


def check(candidate, parameters):
    """`parameters` are none. A line that begins with a dash may lack its module."""
    for name in MODULE.findall(candidate.state.text()):
        if not there(name, candidate.view):
            raise Refused(
                "%s needs %s, which is not there: nobody could log in" % (candidate.path, name),
                hint="a step before this one can install the package that has it",
            )


def there(name, view):
    if name.startswith("/"):
        return view.exists(name)
    return any(view.glob(folder + "/" + name) for folder in FOLDERS)
