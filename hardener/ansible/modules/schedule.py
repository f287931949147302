"""cron and cronvar: our `cron`."""

from __future__ import annotations

from hardener.ansible.arguments import Arguments, Params, Turned, given
from hardener.ansible.expressions import mapping
from hardener.ansible.notes import Left

TIMES = {
    "minute": ("minute",),
    "hour": ("hour",),
    "day": ("day", "dom"),
    "month": ("month",),
    "weekday": ("weekday", "dow"),
}


def cron(args: Arguments) -> Turned:
    _place(args)
    if args.known("env"):
        return "cron", _variable(args, args.text("job", "value"))
    absent, state = args.present_or_absent()
    times = {name: args.take(*names) for name, names in TIMES.items()}
    entry: Params = {
        **({} if args.text("special_time") else times),
        "special_time": args.text("special_time"),
        "job": args.text("job", "value"),
        "disabled": args.flag("disabled") or None,
    }
    name = args.needed("name")
    return "cron", {
        "name": name,
        **_table(args),
        **state,
        **({} if absent else given(entry)),
    }


def cronvar(args: Arguments) -> Turned:
    _place(args)
    return "cron", _variable(args, args.text("value"))


def _place(args: Arguments) -> None:
    args.spare(
        backup="each change has its snapshot",
        insertafter="a new variable goes to the top, where it holds for every entry",
        insertbefore="a new variable goes to the top, where it holds for every entry",
    )


def _variable(args: Arguments, value: str | None) -> Params:
    name, absent = args.needed("name"), args.choice("state", "present") == "absent"
    for each in (*sum(TIMES.values(), ()), "special_time", "disabled"):
        args.take(each)
    if value is None and not absent:
        raise Left("a variable without a value")
    return {
        **_table(args),
        "env": mapping({name: "" if absent or value is None else value}),
        **({"state": "absent"} if absent else {}),
    }


def _table(args: Arguments) -> Params:
    """Return whose table it is; Ansible takes the user who runs it, which is root where it becomes one."""
    user, file = args.text("user"), args.text("cron_file")
    if user is None and not args.keywords.get("become"):
        args.differs("it is root's crontab here unless `user` says otherwise")
    return given({"user": user, "cron_file": file})


MODULES = {"cron": cron, "cronvar": cronvar}
