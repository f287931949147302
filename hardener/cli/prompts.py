"""`vars_prompt` of plays: variables that a person is asked for before any host is reached."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from hardener.dataclass import replace
from hardener.errors import UsageError
from hardener.inventory.marked import Opened, Unsafe
from hardener.inventory.placed import merged
from hardener.playbook import Play, Playbook


def asked(playbook: Playbook, extra_vars: Mapping[str, object]) -> Playbook:
    """Return the playbook with the answers among the variables of its plays.

    Each name is asked for once, and not if -e gives it. Answers are text in which nothing is
    rendered; one that is `private`, which is the rule, is a secret. UsageError where nobody can
    be asked and there is no default.
    """
    answers: dict[str, object] = {}
    plays = tuple(_answered(play, answers, extra_vars) for play in playbook.plays)
    return replace(playbook, plays=plays)


def _answered(play: Play, answers: dict[str, object], known: Mapping[str, object]) -> Play:
    own = [(each, place) for each, place in play.vars_prompt if each["name"] not in known]
    for each, place in own:
        if each["name"] not in answers:
            answer = Unsafe(_answer(each, place))
            answers[each["name"]] = Opened(answer) if each["private"] else answer
    given = {each["name"]: answers[each["name"]] for each, _ in own}
    return replace(play, vars=merged(play.vars, given))


def _answer(each: Mapping[str, Any], where: str) -> str:
    default = each.get("default")
    if sys.stdin.isatty():
        return str(
            click.prompt(
                each.get("prompt", each["name"]), default=default, err=True,
                hide_input=each["private"], show_default=not each["private"],
                confirmation_prompt=each["confirm"],
            )
        )  # fmt: skip
    if default is None:
        what = f"`{each['name']}` is asked for, and nobody is there to answer"
        raise UsageError(what, where=where, hint=f"give it by -e {each['name']}=…")
    return str(default)
