"""mount: ours of the same name."""

from __future__ import annotations

from typing import Any

from hardener.ansible.arguments import Arguments, Params, Turned, given
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template

STATES = ("mounted", "present", "unmounted", "absent", "remounted")
STORED = ("mounted", "present")
HOW = {
    "ephemeral": "what is mounted until the next boot only is mounted by a `command` with `undo`",
    "absent_from_fstab": "take the line out of /etc/fstab by `line` with `state: absent`",
}


def mount(args: Arguments) -> Turned:
    state = args.choice("state", "")
    if state not in STATES:
        raise Left(HOW.get(state, f"`state: {state}`"))
    if args.text("fstab") not in (None, "/etc/fstab"):
        raise Left("the table is /etc/fstab: write a line of another by `line`")
    args.spare(
        backup="each change has its snapshot",
        opts_no_log="options stand in /proc/mounts, for all to read",
    )
    params: Params = {"path": args.needed("path", "name"), **_line(args, state)}
    if state == "absent":
        args.differs("the folder stays")
    return "mount", {**params, **({} if state == "mounted" else {"state": state})}


def _line(args: Arguments, state: str) -> Params:
    """What fstab says; what is not given, Ansible sets to its defaults wherever it writes the line."""
    src, fstype = args.text("src"), args.text("fstype")
    words, dump, passno = args.text("opts"), args.take("dump"), args.take("passno")
    boot = args.known("boot")
    if state in STORED:
        return given({
            "src": src, "fstype": fstype,
            "opts": (words or "defaults") + (",noauto" if boot is False else ""),
            "dump": _number("dump", dump), "passno": _number("passno", passno),
        })  # fmt: skip
    if state == "remounted" and words:
        args.differs("with `opts` it is mounted so, and not as fstab says")
        return {"opts": words}
    for name, value in {
        "src": src,
        "fstype": fstype,
        "opts": words,
        "dump": dump,
        "passno": passno,
    }.items():
        if value not in (None, "defaults"):
            args.differs(f"`{name}` is left out: it has no say in `state: {state}`")
    return {}


def _number(name: str, value: Any) -> Any:
    """Return a number, however it is written; a template as it is."""
    if has_template(value) or str(value or 0).isdigit():
        return value if has_template(value) else int(value or 0)
    raise Left(f"`{name}: {value}` is no number")


MODULES = {"mount": mount}
