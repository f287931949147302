"""Which steps of a playbook somebody wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hardener.dataclass import dataclass

if TYPE_CHECKING:
    from hardener.playbook.model import Play, Step


@dataclass(frozen=True)
class Choice:
    """Which steps a person asked for by `--tags` and `--skip-tags`."""

    tags: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()

    def takes(self, step: Step, play: Play) -> bool:
        """Tell whether a step is wanted; `always` and `never` mean what they do in Ansible."""
        return self._wants({*step.tags, *play.tags})

    def reads(self, tags: Sequence[str]) -> bool:
        """Tell whether variables are wanted: without tags of their own they always are."""
        return not tags or self._wants({*tags})

    def _wants(self, own: set[str]) -> bool:
        found = words(own)
        wanted = "always" in own or bool(found & (self.tags or {"all"}))
        return wanted and not self._skips(own)

    def _skips(self, own: set[str]) -> bool:
        if "all" in self.skip:
            return "always" not in own or "always" in self.skip
        return bool((own or {"untagged"}) & self.skip) or ("tagged" in self.skip and bool(own))


def words(own: set[str]) -> set[str]:
    """Return what a step is asked for by: its tags, and unless it is `never`, what it is as well."""
    if not own:
        return {"untagged", "all"}
    return own if "never" in own else {*own, "tagged", "all"}
