"""One play on one host: carried out, confirmed by a new login, put back after its end."""

from __future__ import annotations

from typing import Any

from hardener.connect import Connector
from hardener.dataclass import dataclass
from hardener.errors import HardenerError, WorkerLost
from hardener.events import Report
from hardener.fleet import hosts
from hardener.fleet.begun import UNFINISHED
from hardener.fleet.confirm import Confirmation
from hardener.fleet.options import Options
from hardener.fleet.prepare import Prepared
from hardener.fleet.records import new_run_id
from hardener.fleet.session import Session
from hardener.fleet.standing import Standing

ORPHANED = "orphaned"
LETS_GO = 60.0  # seconds in which a host notices that a worker is gone, and has put its play back


@dataclass
class Carrying:
    """For all hosts of a run."""

    run: str
    options: Options
    connector: Connector
    report: Report
    standing: Standing

    def carry_out(
        self, prepared: Prepared, statuses: dict[str, str], dry_run: bool, last: bool = True
    ) -> None:
        """Have a host do its play; how it ended is written into `prepared` and `statuses`.

        Unless it is the last time, a host whose worker was lost is ORPHANED, and that is no trouble.
        """
        session = prepared.session
        with self.standing.noting(session.name, statuses) as noted:
            try:
                status = self.play(prepared, dry_run)
            except HardenerError as error:
                self._stands(prepared, UNFINISHED if session.writes else "refused", dry_run)
                if last or not isinstance(error, WorkerLost):
                    raise
                session.say("phase", phase="again", why=f"{error.what}: another takes the host up")
                prepared.status = ORPHANED
                return
            if prepared.wrote and status == "ok":
                status = "changed"  # what it had done before it was lost
            self._stands(prepared, status, dry_run)
            prepared.status, prepared.why = status, (session.error or {}).get("what", "")
            self.standing.worse(session.name, status, statuses)
        if noted.status:
            prepared.status, prepared.why = noted.status, noted.why

    def put_back(self, session: Session, play: int, statuses: dict[str, str]) -> str:
        """Undo a play of this run that has ended on a host; return the status."""
        fields = {"target": self.run, "run": new_run_id(), "choice": {"plays": [str(play)]}}
        status = session.do("rollback", **fields)
        self.standing.worse(session.name, status, statuses)
        if status == "rolled back":
            self.standing.undone(session.name, session.user, play)
        return status

    def play(self, prepared: Prepared, dry_run: bool) -> str:
        """Have it done and confirmed; return the status. It is noted before the host changes anything."""
        status = prepared.session.play(
            self.run,
            prepared.message | self._unforeseen(prepared.session.name, dry_run) | {"noted": True},
            prepared.composer,
            lambda: self.standing.stands(prepared, UNFINISHED),
            dry_run=dry_run,
            wait=self.options.wait if prepared.wrote is None else max(self.options.wait, LETS_GO),
        )
        return self._confirmed(prepared, status)

    def _unforeseen(self, name: str, dry_run: bool) -> dict[str, Any]:
        """Of a host that an earlier play is to change nobody knows yet whether it would let us in."""
        said = (self.standing.statuses.get(name), self.standing.elsewhere.get(name))
        if not dry_run or "pending" not in said:
            return {}
        return {"login": {"unasked": "the plays before this one have changed nothing yet"}}

    def _stands(self, prepared: Prepared, word: str, dry_run: bool) -> None:
        if not dry_run:
            self.standing.stands(prepared, word)

    def _confirmed(self, prepared: Prepared, status: str) -> str:
        """Log in anew where the host wants that as a proof; on this machine only a person can."""
        session, pledge = prepared.session, prepared.session.pledge
        if pledge is None:
            return status
        if self.options.confirm == "manual" or session.target.kind == "local":
            why = f"`harden confirm {self.run}` keeps it, {pledge['within']:.0f} s from now it is undone"
            session.say("phase", phase="unconfirmed", why=why)
            return "unconfirmed"
        ways = hosts.ways(session.target, prepared.composer.confirm_via())
        within = min(pledge["within"], self.options.confirm_within)
        asked = Confirmation(ways, self.connector, self.report, self.run, pledge["journal"], within)
        end = asked.go()
        if end != "confirmed":
            return end
        return "changed" if status == "unconfirmed" else status
