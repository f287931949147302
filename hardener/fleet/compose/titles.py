"""What a step is called everywhere: its `name` with its templates rendered, where that tells no secret."""

from __future__ import annotations

from hardener.errors import HardenerError
from hardener.fleet.compose.quiet import is_secret, says_no_log
from hardener.playbook.model import Block, Play, Step
from hardener.playbook.templates import has_template
from hardener.render import Renderer
from hardener.render.secrecy import watching


def title_of(step: Step, renderer: Renderer, label: str = "") -> str:
    """Name a step, or one item of its loop; as it is written where it uses what is not known yet."""
    return framed(step, renderer, name_of(step, renderer), label)


def framed(step: Step, renderer: Renderer, shown: str, label: str = "") -> str:
    """Return its title where what `name_of` returns is known already."""
    before, behind = step.frame
    item = f" ({label})" if label and not _tells_item(step, renderer, shown) else ""
    return before + shown + behind + item


def _tells_item(step: Step, renderer: Renderer, shown: str) -> bool:
    """Does its name tell an item from the others by itself?"""
    own, control = step.own_name, step.loop_control
    of_item = renderer.needs(own) & {control.loop_var, control.index_var}
    return shown != own and bool(of_item) and control.label is None


def name_of(step: Step, renderer: Renderer) -> str:
    """Return a step's own name alone; as it is written where it uses what is not known yet."""
    own = step.own_name
    if not has_template(own):
        return own
    return own if _hides(step, own, renderer) else _rendered(step, own, renderer)


def _hides(step: Step, own: str, renderer: Renderer) -> bool:
    """Would it tell a secret?"""
    return is_secret(renderer.needs(own)) or says_no_log(step, renderer)


def _rendered(step: Step, own: str, renderer: Renderer) -> str:
    """Render it, where it uses neither a result nor an item that is not known yet."""
    control = step.loop_control
    late = renderer.variables.later | {control.loop_var, control.index_var}
    if renderer.needs(own) & late - renderer.variables.keys():
        return own
    with watching() as seen:
        rendered = str(renderer.value(own, step.place.at("name")))
    return own if seen.secret else rendered


def title_of_group(group: Block | Play, renderer: Renderer) -> str:
    """Name a block or a play; as it is written where it uses what only its steps know."""
    with watching() as seen:
        try:
            rendered = str(renderer.value(group.name, group.place.at("name")))
        except HardenerError:
            return group.name
    return group.name if seen.secret or is_secret(renderer.needs(group.name)) else rendered
