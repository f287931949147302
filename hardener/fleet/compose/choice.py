"""Which steps of a playbook somebody wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
        if own & self.skip or ("always" in own and "always" in self.skip):
            return False
        if "always" in own or not self.tags:
            return "never" not in own
        named = bool(own & self.tags) or ("tagged" in self.tags and bool(own))
        return named or "all" in self.tags or ("untagged" in self.tags and not own)
