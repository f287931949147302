"""The items of a step's loop: the variables that each gives, and what tells it from the others."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.errors import HardenerError
from hardener.fleet.compose.quiet import says_no_log
from hardener.playbook.model import Step
from hardener.render import Renderer
from hardener.render.secrecy import watching


def items_of(step: Step, renderer: Renderer) -> Iterator[tuple[str, Renderer]]:
    """Yield (label, renderer that knows the item); one without a label where there is no loop."""
    if step.loop is None:
        yield "", renderer
        return
    control, place = step.loop_control, step.place / "loop"
    with watching() as seen:
        items = renderer.value(step.loop, place.at)
    if not isinstance(items, list):
        raise HardenerError("`loop` gives no list", where=str(place))
    for index, item in enumerate(items):
        names = {control.loop_var: item}
        names |= {control.index_var: index} if control.index_var else {}
        secret = [control.loop_var] if seen.secret else []
        inner = renderer.extended(names, literal=True, secret=secret)
        yield _label(step, index, inner), inner


def _label(step: Step, index: int, renderer: Renderer) -> str:
    """Return what tells an item from the others: its number, if it is made of a secret."""
    control = step.loop_control
    with watching() as seen:
        shown = control.label or f"{{{{ {control.loop_var} }}}}"
        label = renderer.value(shown, step.place.at("loop_control", "label"))
    hidden = seen.secret or step.secret or says_no_log(step, renderer)
    return f"item {index + 1}" if hidden else str(label)[:60]


def item_as_told(step: Step, renderer: Renderer) -> dict[str, object]:
    """Return what a result that is kept says of the item that it is of, as Ansible's does."""
    if step.loop is None or step.register is None:
        return {}
    control = step.loop_control
    kinds = {"ansible_loop_var": control.loop_var, "ansible_index_var": control.index_var}
    named = {kind: name for kind, name in kinds.items() if name}
    return {**{name: renderer.scope[name] for name in named.values()}, **named}


def shown_item(step: Step, renderer: Renderer) -> dict[str, object]:
    """Return the same, unless it tells a secret."""
    with watching() as seen:
        told = item_as_told(step, renderer)
    return {} if seen.secret else told
