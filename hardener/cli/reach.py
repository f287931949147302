"""Which hosts a command about an earlier run is for: those of the run, unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hardener.cli.connectors import Connectors
from hardener.cli.options import options_from
from hardener.cli.vault_options import know
from hardener.connect import Connector
from hardener.dataclass import dataclass, replace
from hardener.events import Report
from hardener.fleet import records
from hardener.fleet.options import Options
from hardener.fleet.session import Session
from hardener.fleet.undo import each_host
from hardener.vault.passwords import Source


@dataclass(frozen=True)
class Reach:
    """A run (None: each host's newest) and the way to its hosts."""

    run: str | None
    options: Options
    names: tuple[str, ...]
    connector: Connector
    users: Mapping[str, Sequence[str]]
    playbook: str
    vault: tuple[str, ...] = ()

    def each(self, report: Report, do: Callable[[Session], str]) -> dict[str, str]:
        """Do something on every host, side by side; return {host: status}."""
        beside = Path(self.playbook).parent if self.playbook else None
        return each_host(self.options, self.names, self.connector, report, do, self.users, beside)

    def record(self, run: str, what: str, hosts: Mapping[str, str], at: float) -> records.Record:
        """Describe a run of this command for the controller's own memory."""
        options = self.options
        return records.Record(
            run, what, self.playbook, at, options.inventory, options.root, options.user,
            options.identity_file, options.ssh_config, dict(hosts), dict(self.users), self.vault,
            executor=options.executor,
        )  # fmt: skip


def as_before(options: Options, record: records.Record) -> Options:
    """Go the way of a run, as far as no other is given; its vaults are opened as they were then."""
    know([Source.of(text) for text in record.vault])
    return replace(
        options,
        inventory=options.inventory or record.inventory,
        root=options.root or (None if options.inventory else record.root),
        user=options.user or record.user,
        identity_file=options.identity_file or record.identity_file,
        ssh_config=options.ssh_config or record.ssh_config,
        executor=options.executor or record.executor,
    )


def reach(
    run: str | None, given: dict[str, Any], connectors: Connectors | None = None, *, every: bool = False,
    of_run: bool = True,
) -> Reach:  # fmt: skip
    """Take the hosts on which the run changed something; `-i`, `--root` and `--user` override it.

    `of_run`: without these the hosts are those of the newest run; else this machine.
    `every`: all hosts of the newest run, also those that found nothing to do, or were not begun.
    """
    options = options_from(given)
    connectors = connectors or Connectors(given)
    named = bool(options.inventory or options.root)
    record = None if not of_run or (named and run is None) else records.find(run, undone=every)
    if record is None:
        return Reach(run, options, (), connectors.by(options.executor), records.users(), "")
    kept = as_before(options, record)
    names = () if named else record.every if every else record.changed
    connector = connectors.by(kept.executor)
    return Reach(record.run, kept, names, connector, record.users, record.playbook, record.vault)
