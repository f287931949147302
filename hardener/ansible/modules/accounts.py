"""user, group, authorized_key, sudoers: ours of the same names."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hardener.ansible.arguments import Arguments, Turned, given
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template

ELSEWHERE = ("seuser", "profile", "authorization", "hidden", "role", "login_class")
AGES = ("max", "min", "warn", "account_disable")


def group(args: Arguments) -> Turned:
    if args.known("force"):
        raise Left("a group that is a user's primary one is not removed (`force`)")
    args.spare(local="the files of the host are what is edited")
    name, (absent, state) = args.needed("name"), args.present_or_absent()
    if absent:
        args.taken.update(("gid", "system", "non_unique"))
        return "group", {"name": name, **state}
    return "group", given(
        {
            "name": name,
            **state,
            "gid": args.number("gid"),
            "system": args.flag("system") or None,
            "non_unique": args.flag("non_unique") or None,
        }
    )


def user(args: Arguments) -> Turned:
    for name in ELSEWHERE:
        if args.take(name) is not None:
            raise Left(f"`{name}` is of another system")
    if args.known("generate_ssh_key"):
        raise Left(
            "no keys are made on hosts (`generate_ssh_key`): write a `command` `ssh-keygen` with `creates`"
        )
    args.taken.update(
        f"ssh_key_{each}" for each in ("bits", "comment", "file", "passphrase", "type")
    )
    args.spare(local="the files of the host are what is edited")
    name, state = args.needed("name", "user"), args.choice("state", "present")
    if state == "absent":
        args.taken.update(args.given)
        return "user", given(
            {
                "name": name,
                "state": state,
                "remove": args.flag("remove") or None,
                "force": args.flag("force") or None,
            }
        )
    args.taken.update(("remove", "force"))
    return "user", given({"name": name, **_account(args), **_home(args), **_password(args)})


def _account(args: Arguments) -> dict[str, Any]:
    return {
        "uid": args.number("uid"),
        "non_unique": args.flag("non_unique") or None,
        "system": args.flag("system") or None,
        "group": args.take("group"),
        "groups": _groups(args),
        "append": _append(args),
        "comment": args.text("comment"),
        "shell": args.text("shell"),
    }


def _append(args: Arguments) -> Any:
    value = args.flag("append")
    return None if args.given.get("groups") is None else value or None


def _home(args: Arguments) -> dict[str, Any]:
    return {
        "home": args.text("home"),
        "create_home": None if args.flag("create_home", "createhome") is not False else False,
        "skeleton": args.text("skeleton"),
        "home_mode": _home_mode(args),
        "move_home": args.flag("move_home") or None,
    }


def _password(args: Arguments) -> dict[str, Any]:
    return {
        "password": args.text("password"),
        "update_password": args.text("update_password"),
        "password_lock": args.flag("password_lock"),
        "expires": _expires(args),
        **{
            f"password_expire_{each}": args.number(f"password_expire_{each}")
            for each in AGES
        },
    }  # fmt: skip


def _groups(args: Arguments) -> Any:
    """A list, or names with commas between."""
    value = args.take("groups")
    if not isinstance(value, str):
        return value
    if has_template(value) and "," not in value:
        return value if value.startswith("{{") else [value]
    if has_template(value):
        raise Left("`groups` with commas and a template: write a list")
    return [name.strip() for name in value.split(",") if name.strip()]


def _home_mode(args: Arguments) -> str | None:
    if has_template(args.given.get("umask")):
        raise Left("`umask` is known only on a host: write `home_mode`")
    umask = args.whole("umask", -1, base=8)
    if umask < 0:
        return None
    args.differs("`umask` is the mode of the home (`home_mode`), of one that is there too")
    return f"{0o777 & ~umask:04o}"


def _expires(args: Arguments) -> str | None:
    value = args.text("expires")
    if value is None:
        return None
    if has_template(value):
        raise Left('`expires` is a day here, such as "2027-01-31"')
    try:
        seconds = float(value)
    except ValueError:
        raise Left(f"`expires: {value}` is no number of seconds") from None
    if seconds < 0:
        return "never"
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d")


def authorized_key(args: Arguments) -> Turned:
    args.spare(validate_certs="no keys are fetched")
    key, options = args.take("key"), args.text("key_options")
    if not isinstance(key, str) or not key:
        raise Left("`key` is no text")
    if key.startswith(("http://", "https://", "file://")):
        raise Left("keys are not fetched from a URL: put them beside the playbook, and use `src`")
    args.taken.add("follow")
    absent, state = args.present_or_absent()
    head = {"user": args.needed("user"), "key": key, "path": args.text("path"), **state}
    if absent:
        args.taken.update(("comment", "exclusive", "manage_dir"))
        return "authorized_key", given(head)
    if options is None:
        args.differs("options that a key has on the host already stay, unless the step gives some")
    return "authorized_key", given(
        {
            **head,
            "options": options,
            "comment": args.text("comment"),
            "exclusive": args.flag("exclusive") or None,
            "manage_dir": False if args.flag("manage_dir") is False else None,
        }
    )


def sudoers(args: Arguments) -> Turned:
    if args.text("sudoers_path") not in (None, "/etc/sudoers.d"):
        raise Left("`sudoers_path`: files are written below /etc/sudoers.d")
    args.taken.add("validation")
    name, state = args.needed("name"), args.choice("state", "present")
    if not has_template(name) and not name.replace("-", "").replace("_", "").isalnum():
        raise Left(f"`name: {name}`: sudo passes over such files")
    if state == "absent":
        args.taken.update(args.given)
        return "sudoers", {"name": name, "state": state}
    commands = args.take("commands")
    return "sudoers", given(
        {
            "name": name,
            "user": args.text("user"),
            "group": args.text("group"),
            "commands": commands if isinstance(commands, list) else [commands],
            "host": args.text("host"),
            "runas": args.text("runas") or "root",
            "nopasswd": args.flag("nopassword") is not False,
            "setenv": args.flag("setenv") or None,
            "noexec": args.flag("noexec") or None,
        }
    )


MODULES = {"sudoers": sudoers, "authorized_key": authorized_key, "user": user, "group": group}
