"""What stands beside a module: `when`, `loop`, `notify` and the like."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hardener.ansible import expressions
from hardener.ansible.loops import loop
from hardener.ansible.notes import Left
from hardener.ansible.source import Map
from hardener.playbook.templates import CONDITIONS, has_template

PLAIN = ("name", "register", "vars", "environment", "retries", "delay", "listen", "delegate_to")
FLAGS = ("become", "no_log", "ignore_errors", "run_once")
LISTS = ("tags", "notify")
GROUP = ("name", "when", "tags", "vars", "become", "become_user", "environment", "no_log",
         "ignore_errors", "run_once", "delegate_to", "notify", "loop", "loop_control")  # fmt: skip
"""What a block, an include and a role may have."""
LEFT = {
    "delegate_facts": "what it finds out is for another host",
    "local_action": "it acts on the controller: write `delegate_to: localhost`",
    "async": "it runs in the background",
    "poll": "it runs in the background",
    "module_defaults": "its module has other defaults",
    "connection": "it has a connection of its own",
    "any_errors_fatal": "only a play has `any_errors_fatal`",
}
SPARED = {
    "check_mode": "the preview is the apply itself",
    "diff": "a preview always shows differences",
    "timeout": "a `command` has `timeout`",
    "throttle": "all hosts of a batch go side by side",
    "debugger": "there is none",
    "collections": "names are looked up without",
    "ignore_unreachable": "a host that is not reached is none of the play",
    "become_method": "it is the inventory's",
    "become_flags": "it is the inventory's",
    "become_exe": "it is the inventory's",
    "remote_user": "it is the inventory's, or `-u`",
    "port": "it is the inventory's",
}
CHECK_MODE = re.compile(r"\{\{\s*ansible_check_mode(\s*\|\s*bool)?\s*\}\}")
OF_TASK = (*PLAIN, *FLAGS, *LISTS, *CONDITIONS, "become_user", "loop", "loop_control", "args",
           "action", *LEFT, *SPARED)  # fmt: skip


def is_keyword(key: str) -> bool:
    return key in OF_TASK or key.startswith("with_")


def keywords(task: Map, differs: Callable[[str], None]) -> dict[str, Any]:
    """Turn the keywords of a task, in their order; raise Left for what can't be."""
    found: dict[str, Any] = {}
    for key, value in task.items():
        if key in LEFT and value not in (None, False):
            raise Left(f"{LEFT[key]} (`{key}`)")
        if key in SPARED:
            differs(f"`{key}` is left out: {SPARED[key]}")
        elif key == "loop" or key.startswith("with_"):
            found["loop"] = expressions.below(loop(key, value))
        elif is_keyword(key) and value is not None and key not in ("args", "action", *LEFT):
            found[key] = _value(key, value, differs)
    return found


def of_role(given: dict[str, Any], differs: Callable[[str], None]) -> dict[str, Any]:
    """Turn what stands beside the name of a role; others are variables: `{role: web, port: 80}`."""
    beside = Map()
    beside.update({key: value for key, value in given.items() if key in GROUP})
    found = keywords(beside, differs)
    loose = {key: value for key, value in given.items() if key not in beside}
    if loose:
        found["vars"] = {**found.get("vars", {}), **expressions.below(loose)}
    return found


def _value(key: str, value: Any, differs: Callable[[str], None]) -> Any:
    if key in CONDITIONS:
        turned = expressions.condition(value)
        for bare in expressions.maybe_not_boolean(turned):
            differs(f"`{key}: {bare}` is an error here unless that is a boolean; "
                    f"`{bare} | bool` makes one of a text")  # fmt: skip
        return turned
    if key in FLAGS:
        return _flag(key, value)
    if key == "tags" and isinstance(value, str) and "," in value:
        return [each.strip() for each in value.split(",")]
    if key == "environment" and not (isinstance(value, Map) or has_template(value)):
        raise Left("`environment` is no mapping of its own")
    if key == "loop_control":
        return _control(value, differs)
    return expressions.below(value)


def _flag(key: str, value: Any) -> Any:
    word = str(value).lower()
    if word in ("true", "false", "yes", "no"):
        return word in ("true", "yes")
    if CHECK_MODE.fullmatch(word):
        return False  # the preview is the apply
    raise Left(f"`{key}: {value}` is known only on a host")


def _control(value: Any, differs: Callable[[str], None]) -> Any:
    known = ("loop_var", "index_var", "label")
    for each in value if isinstance(value, dict) else ():
        if each not in known:
            differs(f"`loop_control` has no `{each}` here")
    return {each: expressions.below(text) for each, text in value.items() if each in known}
