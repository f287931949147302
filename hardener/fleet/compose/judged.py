"""What is asked of a step's own result: `changed_when`, `failed_when` and `until`."""

from __future__ import annotations

from typing import Any

from hardener.inventory.nearest import did_you_mean
from hardener.playbook.model import Step
from hardener.render import Renderer, RenderError
from hardener.render.needs import names_asked_for

JUDGED = ("changed_when", "failed_when", "until")


def result_name(step: Step) -> str:
    """Return the name by which a step's own conditions know its result."""
    return step.register or "result"


def is_judged(step: Step) -> bool:
    return bool(step.changed_when or step.failed_when or step.until)


def refuse_undefined(step: Step, renderer: Renderer) -> None:
    """Find names that nothing gives before the step has run, which may not be undone."""
    if not is_judged(step):
        return
    control = step.loop_control
    own = {result_name(step), control.loop_var, control.index_var}
    known = {*renderer.variables, *renderer.variables.later, *filter(None, own)}
    for key in JUDGED:
        parts = getattr(step, key)
        for index, part in enumerate(parts):
            for name in sorted(names_asked_for(part) - known):
                where = step.place.at(key, *([index] if len(parts) > 1 else []))
                hint = did_you_mean(name, known)
                raise RenderError(f"{name!r} is undefined", where=where, hint=hint)


def verdict_on(step: Step, renderer: Renderer) -> dict[str, Any]:
    """Decide them by what came of the step."""
    verdict: dict[str, Any] = {}
    for key, word in (("changed_when", "changed"), ("failed_when", "failed")):
        if getattr(step, key):
            verdict[word] = renderer.condition(list(getattr(step, key)), step.place.at(key))
    if step.until:
        verdict["retry"] = not renderer.condition(list(step.until), step.place.at("until"))
    return verdict
