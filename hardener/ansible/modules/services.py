"""service, systemd, sysctl."""

from __future__ import annotations

import re

from hardener.ansible.arguments import Arguments, Params, Turned, given
from hardener.ansible.expressions import mapping
from hardener.ansible.notes import Left

OF_D = re.compile(r"/etc/sysctl\.d/([^/]+)\.conf")


def service(args: Arguments) -> Turned:
    scope = args.text("scope")
    if scope not in (None, "system"):
        raise Left(
            f"`scope: {scope}`: a unit of a user: write a `command` `systemctl --user` as that user"
        )
    if args.known("daemon_reexec", "daemon-reexec"):
        raise Left("`daemon_reexec`: write a `command` `systemctl daemon-reexec`")
    for each in (
        "arguments",
        "args",
        "runlevel",
        "sleep",
        "pattern",
        "use",
        "force",
        "no_block",
        "daemonize",
        "runlevels",
    ):
        args.spare(**{each: "systemd is asked as it is"})
    name, reload = args.text("name", "service", "unit"), args.flag("daemon_reload", "daemon-reload")
    if name is None and reload:
        return _reload(args)
    return "service", given(
        {
            "name": args.needed("name", "service", "unit"),
            "enabled": args.flag("enabled"),
            "state": args.text("state"),
            "masked": args.flag("masked"),
            "daemon_reload": reload or None,
        }
    )


def _reload(args: Arguments) -> Turned:
    args.differs("a `service` step has systemd read its files by itself where they have changed")
    own: Params = {} if args.handler else {"irreversible": True}
    return "command", {"cmd": "systemctl daemon-reload", **own}


def sysctl(args: Arguments) -> Turned:
    key, value = args.needed("name", "key"), args.take("value", "val")
    if args.choice("state", "present") != "present" or value is None:
        raise Left(
            "a kernel parameter is set here, not taken out of a file: write `line` with `state: absent`"
        )
    reload, live = args.known("reload"), args.known("sysctl_set")
    file = args.text("sysctl_file")
    found = OF_D.fullmatch(file or "")
    if not found:
        args.differs(f"it is stored in /etc/sysctl.d/99-hardener.conf, not in "
                     f"{file or '/etc/sysctl.conf'}")  # fmt: skip
    return "sysctl", given(
        {
            "values": mapping({key: value if isinstance(value, str | int) else str(value)}),
            "name": found[1] if found else None,
            "live": False if reload is False and not live else None,
            "ignore_missing": args.flag("ignoreerrors") or None,
        }
    )


MODULES = {
    "service": service,
    "systemd": service,
    "systemd_service": service,
    "sysvinit": service,
    "sysctl": sysctl,
}
