"""Put together what a host's templates can use, by Ansible's precedence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from hardener.errors import PlaybookError
from hardener.inventory.connection import Connection, ansible_names, connection_of, names_in_use
from hardener.inventory.marked import Opened
from hardener.inventory.model import Host, Inventory
from hardener.inventory.placed import merged, without
from hardener.render.renderer import Renderer
from hardener.render.scope import Variables

RESERVED = frozenset(
    {
        *("inventory_hostname", "inventory_hostname_short", "inventory_file", "inventory_dir"),
        *("group_names", "groups", "hostvars", "playbook_dir", "facts", "lookup", "query"),
    }
)
"""Names that every host has, and that nobody gives another value."""

_NONE: Mapping[str, object] = MappingProxyType({})


def for_host(
    host: Host,
    inventory: Inventory,
    *,
    facts: Mapping[str, object] | None = None,
    play_vars: Mapping[str, object] = _NONE,
    vars_files: Sequence[Mapping[str, object]] = (),
    registered: Mapping[str, object] = _NONE,
    extra_vars: Mapping[str, object] = _NONE,
    others: Mapping[str, Mapping[str, object]] = _NONE,  # type: ignore[assignment]
    playbook_dir: Path | None = None,
) -> Variables:
    """Merge what holds for all of a play; of equal names the later parameter wins (see `for_step`).

    What every host has beats all. `others` holds what other hosts said (facts and results, by
    host), seen through `hostvars`. Facts and results are data, not templates. A layer that is a
    `Variables` keeps its places for errors. `facts` is there only once it is known: a template
    that needs it too early fails as undefined.
    """
    inherited = Variables(host.vars, origins=host.origins)
    layered = merged(inherited, play_vars, *vars_files)
    own = {
        "inventory_hostname": host.name,
        "inventory_hostname_short": host.name.partition(".")[0],
        "inventory_file": host.source or None,
        "inventory_dir": str(Path(host.source).absolute().parent) if host.source else None,
        "group_names": list(host.groups),
        "groups": inventory.listed,
        "hostvars": HostVars(inventory, others),
        **({"playbook_dir": str(playbook_dir)} if playbook_dir else {}),
        **({"facts": facts} if facts is not None else {}),
    }
    given = merged(layered, registered, extra_vars, own)
    literal = (frozenset(registered) - frozenset(extra_vars)) | own.keys()
    return Variables(given, literal, given.origins)


def for_step(
    renderer: Renderer,
    *,
    defaults: Mapping[str, object] = _NONE,
    own: Mapping[str, object] = _NONE,
    given: Mapping[str, object] = _NONE,
    extra: frozenset[str] = frozenset(),
    search: Sequence[Path] = (),
) -> Renderer:
    """Add the variables of one step to those of its host, by Ansible's precedence.

    The `defaults` of its role are below all others; its `own` (of its role, its blocks and
    itself) beat the play's, not results; those `given` to its role or include beat these too;
    none beats `extra`, the names of -e.
    """
    if not (defaults or own or given or search):
        return renderer
    known = renderer.variables
    added = merged(
        without(defaults, known.keys()), without(own, known.literal), without(given, RESERVED)
    )
    added = without(added, extra)
    return renderer.extended(added, search=search) if added or search else renderer


def vars_file(path: Path | str) -> Variables:
    """Read a file of `vars_files`: by the rules of playbooks, so that only true is true."""
    from hardener.playbook.load import load  # costs more than all of inventory

    document = load(path)
    if not isinstance(document.data, Mapping | None):
        raise PlaybookError([document.problem((), "expected variables (`name: value`)")])
    found = {str(key): value for key, value in (document.data or {}).items()}
    data = {key: Opened(value) if document.secret else value for key, value in found.items()}
    return Variables(data, origins={key: document.where((key,), key=True) for key in data})


class HostVars(Mapping[str, object]):
    """`hostvars`: every host's variables, rendered when they are asked for."""

    called = "hostvars"

    def __init__(self, inventory: Inventory, others: Mapping[str, Mapping[str, object]]) -> None:
        self._inventory, self._others = inventory, others
        self._known: dict[str, object] = {}

    def __getitem__(self, name: str) -> object:
        if name not in self._known:
            host = self._inventory.host(name)
            said = self._others.get(name, _NONE)
            facts = said.get("facts")
            variables = for_host(
                host,
                self._inventory,
                registered={key: each for key, each in said.items() if key != "facts"},
                facts=facts if isinstance(facts, Mapping) else None,
                others=self._others,
            )
            self._known[name] = Renderer(variables).scope
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._inventory.hosts)

    def __len__(self) -> int:
        return len(self._inventory.hosts)


def connection_for(host: Host, variables: Mapping[str, object]) -> Connection:
    """Read the way in to a host after rendering the variables that give it.

    Ansible's names count wherever they are set, in a play or by `-e` too. Our short ones, which
    may be names of anything there, do so only in the inventory.
    """
    renderer = Renderer(variables)
    names = names_in_use(host.vars) | ansible_names(variables)
    given = {name: variables[name] for name in ansible_names(variables).values()}
    rendered = {
        name: renderer.value(value, host.origins.get(name, ""))
        for name, value in {**host.vars, **given}.items()
        if name in names.values()
    }
    return connection_of(host.name, {**host.vars, **rendered}, host.origins, names)
