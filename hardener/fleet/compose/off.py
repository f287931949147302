"""Steps that a play turns off, by a tag or a control, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardener.dataclass import dataclass
from hardener.errors import HardenerError
from hardener.playbook.model import Play, Step
from hardener.playbook.nearest import did_you_mean
from hardener.render import Renderer


@dataclass(frozen=True)
class Off:
    """Why steps are left out on one host, by tag or control."""

    reasons: Mapping[str, str]

    @classmethod
    def of(cls, play: Play, renderer: Renderer) -> Off:
        """Return what the host's variables say; HardenerError where a word is on no step."""
        place = play.place / "turned_off"
        found = renderer.value(play.turned_off, place.at)
        if not isinstance(found, dict) or not all(map(_is_text, found.values())):
            what = "`turned_off` is to say the reason for each tag or control that it names"
            raise HardenerError(
                what, where=place.at(), hint="turned_off: {fail2ban: crowdsec does it}"
            )
        known = {word for step in play.steps for word in words(step, play)}
        for name in found:
            if name not in known:
                what = (
                    f"`turned_off` names `{name}`, which no step of this play has as tag or control"
                )
                raise HardenerError(what, where=place.at(), hint=did_you_mean(str(name), known))
        return cls({name: reason for name, reason in found.items() if reason})

    def reason(self, step: Step, play: Play) -> str:
        """Return why a step is left out; empty if it is not."""
        if not self.reasons:
            return ""
        return next((self.reasons[word] for word in words(step, play) if word in self.reasons), "")


def words(step: Step, play: Play) -> Iterator[str]:
    """Yield what a step can be turned off by, what is most its own first."""
    yield from (*step.controls, *step.tags, *play.tags)


def _is_text(value: object) -> bool:
    return isinstance(value, str)
