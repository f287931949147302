"""What is not turned, and what to do instead: of modules as a whole, and of single options."""

from __future__ import annotations

from hardener.playbook.modules import MODULES, SELINUX

OF_FILES = {
    "attributes": "write a `command` `chattr` with `undo`",
    "attr": "write a `command` `chattr` with `undo`",
    **dict.fromkeys(("seuser", "serole", "setype", "selevel"), SELINUX),
}
APART = "write a `command` that says how it is undone, such as `apt-get autoremove`"
AS_SET = "the host's own apt.conf decides: write it below /etc/apt/apt.conf.d by `file`"
OF_APT = {
    "upgrade": "the whole system is not upgraded: name packages with `state: latest`",
    "autoremove": APART,
    "autoclean": APART,
    "clean": APART,
    "deb": "name the package, from a repository",
    "default_release": "pin it in /etc/apt/preferences.d by `file`, or write `name=version`",
    "default-release": "pin it in /etc/apt/preferences.d by `file`, or write `name=version`",
    "dpkg_options": AS_SET,
    "allow_unauthenticated": AS_SET,
    "allow-unauthenticated": AS_SET,
    "allow_downgrade": "write the version: `name=version`",
    "allow-downgrade": "write the version: `name=version`",
    "allow_downgrades": "write the version: `name=version`",
    "allow-downgrades": "write the version: `name=version`",
    "force": "name what it is to force: a version, or a held package by hand",
    "policy_rc_d": "write /usr/sbin/policy-rc.d by `file` before it",
}
OF_DNF = {
    **dict.fromkeys(
        ("enablerepo", "disablerepo", "exclude", "disable_excludes", "conf_file", "cacheonly",
         "disable_gpg_check", "sslverify", "validate_certs", "install_weak_deps", "best", "nobest",
         "skip_broken", "enable_plugin", "disable_plugin", "releasever", "allowerasing"),
        "the host's own dnf.conf decides: write it by `ini`"),
    **dict.fromkeys(("security", "bugfix"),
                    "the whole system is not upgraded: name packages with `state: latest`"),
    **dict.fromkeys(("download_only", "download_dir", "installroot"), "write a `command`"),
    "allow_downgrade": "write the version: `name-version`",
    "autoremove": "write a `command` that says how it is undone, such as `dnf autoremove`",
    "list": "write a `command` `dnf list` that is a `query`",
}  # fmt: skip
OF_SYSTEM = "the range is that of /etc/login.defs: write it there by `line`"
OF_URI = "a check asks by GET or HEAD and judges the status: write a `command` `curl`"
OPTIONS = {
    **dict.fromkeys(("copy", "template", "lineinfile", "blockinfile", "ini_file"), OF_FILES),
    "file": {
        **OF_FILES,
        **dict.fromkeys(("access_time", "modification_time"), "times are not put back by a rollback"),
        "src": "write `state: link` beside it",
    },
    "apt": OF_APT,
    "apk": {
        "upgrade": OF_APT["upgrade"],
        "available": OF_APT["upgrade"],
        "repository": "write /etc/apk/repositories by `line`",
        "no_cache": "write a `command`",
        "world": "write /etc/apk/world by `line`",
    },
    **dict.fromkeys(("dnf", "dnf5", "yum"), OF_DNF),
    "user": dict.fromkeys(("uid_min", "uid_max"), OF_SYSTEM),
    "group": dict.fromkeys(("gid_min", "gid_max"), OF_SYSTEM),
    "command": {"expand_argument_vars": "variables are read by a shell only: write `cmd`"},
    "uri": {
        **OF_FILES,
        **dict.fromkeys(
            ("body", "body_format", "src", "dest", "user", "url_username", "password", "url_password",
             "force_basic_auth", "client_cert", "client_key", "ca_path", "unix_socket", "creates",
             "removes", "remote_src", "mode", "owner", "group", "use_gssapi", "ciphers", "unsafe_writes"),
            OF_URI),
    },
}  # fmt: skip
"""By the short name of the module."""


def of_module(name: str) -> str:
    """Return why a module is not turned, and what to do."""
    last = name.rpartition(".")[2]
    return f"`{name}`: {MODULES[last]}" if last in MODULES else (
        f"`{name}` has no counterpart: write a `command` that says how it is undone"
    )  # fmt: skip


def of_options(module: str, names: list[str]) -> str:
    """Return which options are not turned, and what to do of the first that is known."""
    many = ", ".join(f"`{name}`" for name in names)
    ways = dict.fromkeys(OPTIONS.get(module, {}).get(name) for name in names)
    told = "; ".join(way for way in ways if way)
    return f"`{module}` has no {many} here" + (f": {told}" if told else "")
