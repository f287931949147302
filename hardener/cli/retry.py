"""`--retry-failed RUN`: the way of an earlier run, to the hosts that it has left."""

from __future__ import annotations

import click

from hardener.cli.reach import as_before
from hardener.dataclass import replace
from hardener.errors import UsageError
from hardener.fleet import records
from hardener.fleet.hosts import still_there
from hardener.fleet.options import Options
from hardener.inventory import Inventory


class Left:
    """The hosts that did not come through in a run, or were not begun."""

    def __init__(self, run: str) -> None:
        """UsageError if there are none."""
        record = records.find(run)
        if record is None or not record.failed:
            known = (
                f"every host came through in run {record.run}" if record else "no such run is known"
            )
            raise UsageError(f"there is nothing to retry: {known}")
        self._record = record

    def as_before(self, options: Options) -> Options:
        """Go the way of the run, as far as no other is given."""
        return as_before(options, self._record)

    def only(self, options: Options, inventory: Inventory) -> Options:
        """Limit it to these hosts, as far as they are still there; the others are named."""
        there, gone = still_there(inventory, self._record.failed)
        if gone:
            click.echo(f"not in the inventory any more, and left out: {', '.join(gone)}", err=True)
        if not there:
            raise UsageError("there is nothing to retry: the inventory has none of these hosts")
        return replace(options, limit=",".join(there))
