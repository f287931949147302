"""A playbook as the rest of the program knows it: checked, not yet rendered.

Parameters get their defaults after rendering (params.py), so that what was given can be told from what was
not. Values that may hold a template are `Templated`: they have their type only after rendering. Of includes,
roles and blocks nothing is left but what their steps inherit; a block with a rescue stays a `Block`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from hardener.dataclass import dataclass, field
from hardener.playbook.marks import Place
from hardener.playbook.tree import PlayNode

Templated = bool | int | str
Condition = tuple[str | bool, ...]
"""Expressions and booleans, all of which must be true; empty if none is given."""
When = tuple[tuple[str | bool, str], ...]
"""The same, each with its place: some are inherited."""

Environment = tuple[Mapping[str, Any] | str, ...]
"""Variables for commands, the outermost first; a text is a template that gives such a mapping."""


@dataclass(frozen=True)
class Check:
    """One question about a host's health, asked `retries` times more after a failure."""

    type: str
    params: Mapping[str, Any]
    name: str
    retries: Templated
    delay: Templated
    place: Place = field(repr=False, compare=False)

    @property
    def where(self) -> str:
        """`file:line:column`."""
        return str(self.place)

    @property
    def params_place(self) -> Place:
        return self.place / self.type


@dataclass(frozen=True)
class LoopControl:
    """Names of the variables of a loop."""

    loop_var: str = "item"
    index_var: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)  # saves 1.2 kB of each of ten thousand
class Step:
    """One step type with its parameters.

    `number` counts from 1 within the play's steps, and on through its handlers. `become` and
    `become_user` are None where the play decides. `place.at("loop")` is where a key's value is.
    Variables by rising precedence: `defaults` of its role below all others, its own `vars`,
    those `given` to its include or role. `search` is where its files are looked for first, `uses`
    which use it is of each looped group around it. `frame` is what stands before and behind its own
    words in its name: its role, and the items of the groups around it. Parameters are `final` where no
    host's variables change them: as they are checked here they are there.
    """

    number: int
    name: str
    frame: tuple[str, str]
    type: str
    params: Mapping[str, Any]
    final: bool
    when: When
    loop: tuple[Any, ...] | str | None
    loop_control: LoopControl
    register: str | None
    tags: tuple[str, ...]
    notify: tuple[str, ...]
    listen: tuple[str, ...]
    defaults: Mapping[str, Any]
    vars: Mapping[str, Any]
    given: Mapping[str, Any]
    search: tuple[Path, ...]
    become: Templated | None
    become_user: str | None
    changed_when: Condition
    failed_when: Condition
    if_possible: Templated
    ignore_errors: Templated
    run_once: Templated
    delegate_to: str | None
    until: Condition
    retries: Templated
    delay: Templated
    no_log: Templated
    environment: Environment
    preflight: tuple[Check, ...]
    verify: tuple[Check, ...]
    why: str
    risk: str
    guarded: Templated
    controls: tuple[str, ...]
    uses: tuple[int, ...]
    place: Place = field(repr=False, compare=False)

    @property
    def where(self) -> str:
        """`file:line:column`."""
        return str(self.place)

    @property
    def own_name(self) -> str:
        """Its name without what stands around it: as a rescue knows it."""
        before, behind = self.frame
        return self.name[len(before) : len(self.name) - len(behind)]

    @property
    def key(self) -> tuple[str, tuple[int, ...]]:
        """What it is known by on all hosts: with loops around it, its number may be another one on each."""
        return self.where, self.uses

    @property
    def secret(self) -> bool:
        """Was the file that it stands in in a vault?"""
        return self.place.document.secret

    @property
    def params_place(self) -> Place:
        return self.place / self.type


@dataclass(frozen=True)
class Block:
    """Steps with a rescue, or with something to do in any case."""

    name: str
    block: tuple[Step | Block, ...]
    rescue: tuple[Step | Block, ...]
    always: tuple[Step | Block, ...]
    place: Place = field(repr=False, compare=False)

    @property
    def where(self) -> str:
        """`file:line:column`."""
        return str(self.place)


def leaves(parts: Sequence[Step | Block]) -> Iterator[Step]:
    """Yield the steps, those within blocks too."""
    for part in parts:
        if isinstance(part, Step):
            yield part
        else:
            yield from leaves((*part.block, *part.rescue, *part.always))


@dataclass(frozen=True)
class Play:
    """Hosts, and the steps that they need; `hosts` is a pattern, its parts joined by commas.

    `waits` says that a host's variables decide which steps these are: of groups with a loop it holds
    one use, of those with a template for a name nothing. unfold.py makes it whole, from its `node`.
    `included` are the variables that its last step knows by `include_vars`.
    """

    name: str
    hosts: str
    vars: Mapping[str, Any]
    vars_prompt: tuple[tuple[Mapping[str, Any], str], ...]
    vars_files: tuple[str | tuple[str, ...], ...]
    become: Templated
    become_user: str
    gather_facts: Templated
    serial: tuple[Templated, ...]
    max_fail_percentage: Templated | None
    any_errors_fatal: Templated
    pause_between: Templated
    strategy: str
    environment: Environment
    parts: tuple[Step | Block, ...]
    handlers: tuple[Step, ...]
    included: Mapping[str, Any]
    preflight: tuple[Check, ...]
    verify: tuple[Check, ...]
    check_between: tuple[Check, ...]
    on_failure: str
    confirm_via: Mapping[str, Any]
    snapshots: Mapping[str, Any] | None
    turned_off: Mapping[str, str] | str
    tags: tuple[str, ...]
    waits: bool
    node: PlayNode = field(repr=False, compare=False)

    @property
    def place(self) -> Place:
        return self.node.place

    @property
    def where(self) -> str:
        """`file:line:column`."""
        return str(self.place)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All of its steps, those within blocks too."""
        return tuple(leaves(self.parts))

    @property
    def file(self) -> Path:
        """The file that it stands in, which may be an imported one."""
        return Path(self.place.document.file)


@dataclass(frozen=True)
class Playbook:
    """One file; `closed` are those it names that are in a vault that nobody has opened."""

    path: str
    plays: tuple[Play, ...]
    closed: tuple[str, ...] = ()
