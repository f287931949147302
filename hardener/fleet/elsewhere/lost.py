"""A host that was lost in a block: what its `rescue` and `always` have done elsewhere is done (D15).

The host itself puts back what the play has done there, without anybody's help; its own steps of
a rescue can't run. Those with a `delegate_to` can, and are plays of their own where they are done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hardener.errors import HardenerError
from hardener.fleet.elsewhere.errand import HANDLERS
from hardener.fleet.elsewhere.once import APPLY, PREVIEW
from hardener.playbook.model import Block, Step, leaves

if TYPE_CHECKING:
    from hardener.fleet.compose.composer import Composer
    from hardener.fleet.session import Session

AFTER = {"block": ("rescue", "always"), "rescue": ("always",), "always": ()}
"""What of a block follows a failure in each of its parts."""

AGREED = {PREVIEW: (PREVIEW,), APPLY: (HANDLERS, APPLY)}


def left(composer: Composer, number: int) -> list[Step]:
    """Return what is done elsewhere after a step of which nothing more was heard, inner blocks first."""
    steps = (
        step
        for block, part in _around(composer.play.parts, number)
        for name in AFTER[part]
        for step in leaves(getattr(block, name))
    )
    return [step for step in steps if step.delegate_to is not None and composer.does(step)]


def _around(parts: Sequence[Step | Block], number: int) -> Iterator[tuple[Block, str]]:
    """Yield the blocks around a step, and in which of their parts it stands, innermost first."""
    for block in [each for each in parts if isinstance(each, Block)]:
        for name in AFTER:
            inner = getattr(block, name)
            if any(step.number == number for step in leaves(inner)):
                yield from _around(inner, number)
                yield block, name


def results(session: Session, at: Step, why: str) -> dict[str, Any]:
    """Return what is known after a host was lost at a step: the results that it told of, and of that one."""
    lost = {"failed": True, "unreachable": True, "changed": False, "msg": why}
    task = {"name": at.own_name, "where": at.where}
    return {**session.results, "ansible_failed_task": task, "ansible_failed_result": lost}


def rescue(composer: Composer, steps: Sequence[Step], results: Mapping[str, Any]) -> None:
    """Have them done; HardenerError where one fails."""
    assert composer.errands
    for stage in (PREVIEW, APPLY):
        for step in steps:
            for call in composer.answer(step.number, stage, results):
                _require(call)
        for word in AGREED[stage]:
            composer.errands.agree(word, True)


def _require(call: dict[str, Any]) -> None:
    if call.get("unknown"):
        raise HardenerError(call["unknown"], where=call["where"])
    came = call.get("came", {})
    if came.get("failed") and not call.get("ignore_errors"):
        raise HardenerError(
            came.get("msg", "it failed"), where=call["where"], why=came.get("why", "")
        )
