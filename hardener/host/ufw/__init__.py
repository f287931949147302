"""The packet filter of the step `firewall` where ufw is in charge: its rules, as it writes them itself."""

import re

CONF, DEFAULTS = "/etc/ufw/ufw.conf", "/etc/default/ufw"
PROGRAMS = ("/usr/sbin/ufw", "/sbin/ufw")
INIT = "/lib/ufw/ufw-init force-reload"  # what loads all of it: ufw-framework(8)
SCRIPTS = ("/etc/ufw/before.init", "/etc/ufw/after.init")  # run by INIT where they are executable


def set_to(text, name):
    """Return what a file that sh reads sets this variable to, in capitals; "" where it does not."""
    found = re.findall(r"(?m)^[ \t]*%s=[\"']?(\w*)" % name, text)
    return found[-1].upper() if found else ""
