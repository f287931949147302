"""A playbook compared with its hosts: all plays, all hosts that are reached, nothing written."""

from __future__ import annotations

from collections.abc import Sequence

from hardener.fleet.carry import Carrying
from hardener.fleet.prepare import Prepared
from hardener.fleet.run import Chosen, PlaybookRun

STATUSES = ("ok", "unseen", "differs", "failed")


class Comparing(Carrying):
    """Has a host compare itself, instead of doing anything."""

    def play(self, prepared: Prepared, dry_run: bool) -> str:
        """Return what a host says of itself, where that is something that an audit can come to."""
        status = prepared.session.audit(prepared.message, prepared.composer)
        return status if status in STATUSES else "failed"


class AuditRun(PlaybookRun):
    """As a dry run, but neither batches nor trouble keep a host from being looked at."""

    carries = Comparing

    def _carry_out_all(self, plays: Sequence[Chosen], dry_run: bool) -> None:
        for chosen in plays:
            if chosen is not plays[0]:
                self._announce(chosen)
            self._batch(chosen, chosen.hosts, dry_run)
