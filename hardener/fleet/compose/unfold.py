"""How the groups of a play that wait for a host's variables are used there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hardener.dataclass import dataclass, field
from hardener.errors import HardenerError
from hardener.fleet.compose.choice import Choice
from hardener.inventory.marked import Opened, Unsafe
from hardener.inventory.placed import merged
from hardener.playbook.files import step_search
from hardener.playbook.inherit import Inherited, tags
from hardener.playbook.model import LoopControl, Play
from hardener.playbook.reader import Use
from hardener.playbook.references import LATE, LATE_HINT
from hardener.playbook.templates import is_secret
from hardener.playbook.tree import Node
from hardener.playbook.unfold import within
from hardener.render import Renderer
from hardener.render.secrecy import watching
from hardener.render.variables import for_step

LOOPING = ("loop", "loop_control")


@dataclass(frozen=True)
class Groups:
    """Tells the uses of a play's groups on the host whose variables `renderer` knows."""

    play: Play
    renderer: Renderer
    extra: frozenset[str]
    choice: Choice = field(default_factory=Choice)

    def uses(self, group: Node, around: Sequence[Node]) -> Iterator[Use]:
        """Yield a use for each item for which the conditions hold, with its file or role by name."""
        if group.kind == "include_vars" and not self.choice.reads(tags(group.data.get("tags"))):
            return
        holds = within(self.play, around, group)
        renderer = self._within(group, holds)
        self._refuse_results(group, renderer, holds)
        for label, item in self._items(group, renderer, quiet=is_secret(holds.words)):
            each = renderer.extended(item, literal=True)
            if self._wanted(holds, each):
                yield Use(self._data(group, item, each), label)

    def _within(self, group: Node, holds: Inherited) -> Renderer:
        file = self.play.place.document.file
        return for_step(
            self.renderer, defaults=holds.defaults, own=merged(holds.vars, holds.included), given=holds.given,
            extra=self.extra, search=step_search(holds.around, group.place, file),
        )  # fmt: skip

    def _refuse_results(self, group: Node, renderer: Renderer, holds: Inherited) -> None:
        """Which steps there are is settled before the first of them runs."""
        keys = ("loop",) if group.kind == "block" else ("loop", group.kind)
        needed = [(renderer.needs(group.data.get(key)), group.place.at(key)) for key in keys]
        if group.kind == "include_vars":
            needed += [(renderer.needs_condition(part), where) for part, where in holds.when]
        for names, where in needed:
            for name in sorted(self._late(names)):
                what = LATE.format(kind=group.kind, name=name)
                raise HardenerError(what, where=where, hint=LATE_HINT)

    def _late(self, names: frozenset[str]) -> frozenset[str]:
        return names & {step.register for step in self.play.steps if step.register}

    def _wanted(self, holds: Inherited, renderer: Renderer) -> bool:
        """Do those of the conditions hold that can be told now? The others stay with the steps."""
        return all(
            renderer.condition(part, where)
            for part, where in holds.when
            if not self._late(renderer.needs_condition(part))
        )

    def _items(
        self, group: Node, renderer: Renderer, *, quiet: bool
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what tells an item from the others, and the variables that it gives."""
        if "loop" not in group.data:
            yield "", {}
            return
        control, place = LoopControl(**group.data.get("loop_control", {})), group.place
        with watching() as seen:
            items = renderer.value(group.data["loop"], lambda *keys: place.at("loop", *keys))
        if not isinstance(items, list):
            raise HardenerError("`loop` gives no list", where=place.at("loop"))
        for index, item in enumerate(items):
            value = Opened(literal(item)) if seen.secret else literal(item)
            names = {control.loop_var: value}
            names |= {control.index_var: index} if control.index_var else {}
            shown = control.label or f"{{{{ {control.loop_var} }}}}"
            label = str(renderer.extended(names).value(shown, place.at("loop_control", "label")))
            yield f"item {index + 1}" if seen.secret or quiet else label[:60], names

    def _data(self, group: Node, item: Mapping[str, Any], renderer: Renderer) -> dict[str, Any]:
        data = {key: value for key, value in group.data.items() if key not in LOOPING}
        data |= {"vars": {**data.get("vars", {}), **item}} if item else {}
        if group.kind != "block":
            named = renderer.value(data[group.kind], group.place.at(group.kind))
            data[group.kind] = literal(named)
        return data


def literal(value: Any) -> Any:
    """Mark the texts in a value as what is rendered already."""
    if isinstance(value, str):
        return Unsafe(value)
    if isinstance(value, Mapping):
        return {key: literal(each) for key, each in value.items()}
    return [literal(each) for each in value] if isinstance(value, list) else value
