"""Every text format that is edited on hosts: how it is read and printed, and every edit of it.

A module for each, named after the one of hardener/host/text that it is about.
"""

from collections.abc import Callable
from types import ModuleType

from faults.fuzz.formats import (
    authorized_keys,
    block,
    colons,
    crontab,
    env_file,
    fstab,
    gitignore,
    ini,
    lines,
    login_defs,
    marker,
    sshd_config,
    sysctl,
    ufw_rules,
)
from faults.fuzz.formats.edit import Edit

from hardener.host.text import encoding, newlines

MODULES: list[ModuleType] = [
    *(lines, block, marker, ini, gitignore, fstab, sysctl, crontab),
    *(colons, authorized_keys, sshd_config, login_defs, env_file, ufw_rules),
]
# Modules of hardener/host/text that hold no format that is printed as it was read.
OTHERS = {
    *("apt_sources", "apparmor", "audit_rules", "openpgp", "rsyslog"),
    *(
        "colons_merge",
        "columns",
        "cron_times",
        "dialects",
        "diff3",
        "globs",
        "ini_again",
        "ini_comments",
        "ini_doubt",
    ),
    *(
        "ini_edit",
        "ini_lines",
        "ini_options",
        "ini_values",
        "key_options",
        "logrotate",
        "logrotate_write",
        "modprobe",
        "sudoers",
    ),
}
FORMATS: dict[str, Callable[[str], str]] = {
    "newlines": lambda text: "".join(newlines.split(text)),
    "newlines with CR": lambda text: "".join(newlines.split(text, True)),
    "encoding": lambda text: "".join(encoding.parted(text)),
}
EDITS: dict[str, Edit] = {}
for module in MODULES:
    FORMATS |= getattr(module, "FORMATS", {})
    EDITS |= module.EDITS

__all__ = ["EDITS", "FORMATS", "OTHERS", "Edit"]
