"""What steps inherit from the blocks, includes, roles and imports around them, by Ansible's rules.

Conditions, tags and notifications add up; of variables the inner ones win, and those given to
a role or an include win over them; of the other keywords the innermost word counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardener.dataclass import dataclass, field, replace
from hardener.inventory.marked import Vaulted
from hardener.inventory.placed import merged
from hardener.playbook.marks import Place, placed
from hardener.playbook.model import Environment, When
from hardener.playbook.references import texts
from hardener.playbook.roles import VARIABLES
from hardener.playbook.tree import Node, PlayNode

WORDS = (
    *("become", "become_user", "no_log", "if_possible", "ignore_errors", "run_once"),
    "delegate_to",
)


@dataclass(frozen=True)
class Inherited:
    """What holds for the steps within the groups around them."""

    when: When = ()
    tags: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    environment: Environment = ()
    words: Mapping[str, Any] = field(default_factory=dict)
    around: tuple[Node, ...] = ()
    role: str = ""
    included: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    uses: tuple[int, ...] = ()

    @classmethod
    def of(cls, play: PlayNode) -> Inherited:
        """Return what holds within a play: its imports' conditions, what its roles give to all."""
        imports = cls()
        for each in play.imports:
            imports = imports.within(each)
        defaults, own = (merged(*(role.known(part) for role in play.roles)) for part in VARIABLES)
        return cls(imports.when, defaults=defaults, vars=own)

    def within(self, node: Node) -> Inherited:
        """Return what holds within one more group."""
        data = node.data
        if node.kind == "include_vars":
            return replace(self, included=merged(self.included, node.variables))
        inner = replace(
            self,
            when=self.when + conditions(data.get("when"), node.place / "when"),
            tags=self.tags + tags(data.get("tags")),
            notify=self.notify + tuple(texts(data.get("notify"))),
            environment=self.environment + environment(data.get("environment", {})),
            around=(*self.around, node),
            labels=(*self.labels, *filter(None, [node.label])),
            uses=self.uses if node.use is None else (*self.uses, node.use),
            words={**self.words, **{key: data[key] for key in WORDS if key in data}},
        )
        inner = inner._of_role(node) if node.role else inner
        own = placed(data.get("vars", {}), node.place / "vars")
        if node.kind == "block":
            return replace(inner, vars=merged(inner.vars, own))
        return replace(inner, given=merged(inner.given, own))

    def _of_role(self, node: Node) -> Inherited:
        assert node.role is not None
        return replace(
            self,
            defaults=merged(self.defaults, node.role.known("defaults")),
            vars=merged(self.vars, node.role.known("vars"), node.role.itself),
            role=node.role.name,
        )

    def added_to(
        self, own: Mapping[str, Any], place: Place, included: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return those fields of a Step in which its own keywords meet what it inherits.

        `included` are the variables of the files read before it.
        """
        return {
            "when": self.when + conditions(own.get("when"), place / "when"),
            "tags": (*self.tags, *tags(own["tags"])),
            "notify": (*self.notify, *texts(own["notify"])),
            "environment": self.environment + environment(own["environment"]),
            "defaults": self.defaults,
            "vars": merged(self.vars, placed(own["vars"], place / "vars"), included),
            "given": self.given,
        }

    def longer(self, name: str) -> list[str]:
        """Return the name with its role's by which a handler is known too, if it is of one."""
        return [f"{self.role} : {name}"] if self.role else []

    def titled(self, name: str) -> str:
        """Name a step with its role, as Ansible does, and with the items of the loops around it."""
        before, behind = self.frame
        return before + name + behind

    @property
    def frame(self) -> tuple[str, str]:
        """Return what stands before a step's own name, and what behind it."""
        behind = "".join(f" ({label})" for label in self.labels)
        return f"{self.role} : " if self.role else "", behind


def conditions(value: Any, place: Place) -> When:
    """Return the parts of a condition with their places."""
    if isinstance(value, list):
        return tuple((each, str(place / index)) for index, each in enumerate(value))
    return () if value is None else ((value, str(place)),)


def tags(value: Any) -> tuple[str, ...]:
    return tuple(tag.strip() for text in texts(value) for tag in text.split(","))


def environment(value: Mapping[str, Any] | str) -> Environment:
    """Return a part of an environment: of one that is a template, only the host's variables tell."""
    if isinstance(value, str):
        return (value,)
    told = {k: text if isinstance(text, Vaulted) else str(text) for k, text in value.items()}
    return (told,) if told else ()
