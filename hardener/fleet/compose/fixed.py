"""Steps that no variable, no result and no other host has a part in: composed once, for all hosts."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from hardener.connect.packing import Packed, packed
from hardener.dataclass import dataclass, field
from hardener.fleet.compose.call import beyond, head_of, said
from hardener.fleet.compose.judged import is_judged
from hardener.playbook.model import Step
from hardener.playbook.schemas import language
from hardener.playbook.templates import has_template
from hardener.render import Renderer

FLAGS = ("no_log", "if_possible", "ignore_errors", "guarded", "run_once")
MORE = (
    "when", "notify", "until", "environment", "preflight", "verify", "delegate_to", "become_user", "run_once",
)  # fmt: skip
NOBODY = Renderer({})


@dataclass
class Fixed:
    """What hosts are sent of such steps of a play, by the steps' numbers."""

    _made: dict[int, tuple[Step, Packed | None]] = field(default_factory=dict)
    _foreseeing: threading.Lock = field(default_factory=threading.Lock)

    def of(self, step: Step) -> Packed | None:
        """Return a step with its one call; None where it has to be composed for each host."""
        known, made = self._made.get(step.number, (None, None))
        if known is not step:  # a play with groups that wait is another one on each host
            made = packed(_composed(step)) if is_fixed(step) else None
            self._made[step.number] = step, made
        return made

    def foresee(self, steps: Iterable[Step]) -> bool:
        """Compose them while hosts are waited for; tell whether all could be: nothing is to be rendered.

        One thread does, whoever else is asked to.
        """
        if not self._foreseeing.acquire(blocking=False):
            return True
        return None not in [self.of(step) for step in steps]


def is_fixed(step: Step) -> bool:
    """Is it sent to every host in the same words?"""
    return (
        step.final
        and step.loop is step.become is None
        and not any(getattr(step, key) for key in MORE)
        and all(isinstance(getattr(step, key), bool) for key in FLAGS)
        and not has_template(step.name)
        and step.type != "command"  # it runs in the environment of its play
        and not step.secret
        and not any(map(step.params.get, language().schema("step", step.type).brings))
    )


def _composed(step: Step) -> dict[str, Any]:
    head = head_of(step, NOBODY)
    call = {
        **head,
        "params": language().schema("step", step.type).fill(step.params),
        **said(
            no_log=step.no_log,
            if_possible=step.if_possible,
            ignore_errors=step.ignore_errors,
            judged=is_judged(step),
            never_changed=step.changed_when == (False,),
            risk=step.guarded and "access",
        ),
    }
    return {**head, **said(register=step.register), "calls": [beyond(head, call)]}
